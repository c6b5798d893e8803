using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Users;
using StepCloud.Silo.Calls;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>Whatever an actor is told or answers comes over to another node as it was, and leaves no secret in a log.</summary>
public sealed class ContractMessagesTests
{
    public static TheoryData<Type> Messages()
    {
        HashSet<Type> found = [];
        IEnumerable<MethodInfo> calls = new[] { typeof(IUser), typeof(IGateway), typeof(IDevice) }.SelectMany(actor => actor.GetMethods());
        foreach (MethodInfo call in calls)
        {
            foreach (ParameterInfo parameter in call.GetParameters()) Collect(parameter.ParameterType, found);
            foreach (Type argument in call.ReturnType.GetGenericArguments()) Collect(argument, found);
        }

        return [.. found];
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void It_comes_over_as_it_was(Type type)
    {
        ContractJson.IsContract(type).ShouldBeTrue();
        object made = Make(type, 0)!;
        string json = JsonSerializer.Serialize(made, type, ContractJson.Options);
        object again = JsonSerializer.Deserialize(json, type, ContractJson.Options).ShouldNotBeNull();
        again.ShouldBeOfType(type);
        JsonSerializer.Serialize(again, type, ContractJson.Options).ShouldBe(json);
        again.ShouldBeEquivalentTo(made);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Written_into_a_log_it_holds_no_secret(Type type) => (Make(type, 0)!.ToString() ?? "").ShouldNotContain(Sample);

    [Fact]
    public void A_value_that_is_no_number_comes_over_too()
    {
        double[] values = [double.NaN, double.PositiveInfinity, -0.0, double.Epsilon];
        double[] again = JsonSerializer.Deserialize<double[]>(JsonSerializer.Serialize(values, ContractJson.Options), ContractJson.Options)!;
        again.Select(BitConverter.DoubleToInt64Bits).ShouldBe(values.Select(BitConverter.DoubleToInt64Bits));
    }

    /// <summary>What every text is that may be one.</summary>
    private const string Sample = "a text of the test";

    private static readonly string[] s_secrets = ["RefreshToken", "Secret", "Value", "RecoveryCodes"];

    /// <summary>Of an abstract message its kinds: on the way, each says which it is.</summary>
    private static void Collect(Type type, HashSet<Type> found)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) type = underlying;
        if (type.IsGenericType || type.IsArray)
        {
            foreach (Type argument in type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments()) Collect(argument, found);
            return;
        }

        if (type.Namespace?.StartsWith("StepCloud.", StringComparison.Ordinal) != true || type.IsEnum) return;
        if (type.IsAbstract)
        {
            foreach (Type kind in type.GetNestedTypes()) Collect(kind, found);
            return;
        }

        if (!found.Add(type)) return;
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)) Collect(property.PropertyType, found);
    }

    private static object? Make(Type type, int depth, string name = "")
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Make(underlying, depth, name);
        if (type == typeof(string)) return s_secrets.Contains(name) ? Sample : "text";
        if (type == typeof(Guid)) return Guid.Parse("0198c0de-0000-7000-8000-000000000001");
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 3, 2, 8, 15, 0, 123, TimeSpan.FromHours(1)).AddTicks(7);
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(12_345_678);
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        if (type == typeof(double)) return 0.1 + 0.2;
        if (type.IsPrimitive) return Convert.ChangeType(7, type, CultureInfo.InvariantCulture);
        if (type.IsArray || type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type)) return MakeMany(type, depth, name);
        if (type.IsAbstract) type = type.GetNestedTypes()[0];
        ConstructorInfo constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        object made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Make(parameter.ParameterType, depth + 1, parameter.Name!))]);
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite && property.GetValue(made) is null))
            property.SetValue(made, Make(property.PropertyType, depth + 1, property.Name));
        return made;
    }

    private static object MakeMany(Type type, int depth, string name)
    {
        if (type.IsArray)
        {
            Array array = Array.CreateInstance(type.GetElementType()!, 2);
            for (int i = 0; i < array.Length; i++) array.SetValue(Make(type.GetElementType()!, depth + 1, name), i);
            return array;
        }

        if (type.GetGenericArguments() is [var element])
        {
            IList list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
            for (int i = 0; i < 2; i++) list.Add(Make(element, depth + 1, name));
            return list;
        }

        Type[] arguments = type.GetGenericArguments();
        IDictionary made = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
        made.Add(Make(arguments[0], depth + 1)!, Make(arguments[1], depth + 1));
        return made;
    }
}
