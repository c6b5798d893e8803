using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>One option, as its property says it: its name, its type, what it is by default, what is allowed, and whether it may be shown.</summary>
/// <param name="Name">Such as `Storage:ConnectionsMax`.</param>
/// <param name="Default">As it would be written; empty for none.</param>
/// <param name="IsSecret">It is shown to nobody: `[DataType(DataType.Password)]` on its property.</param>
public sealed record SettingDescription(string Name, PropertyInfo Property, string Default, bool IsSecret)
{
    /// <summary>An array's default stands beside it under this name, where it is not empty: the binder would put what is configured behind it.</summary>
    private const string DefaultSuffix = "Default";

    public bool IsList => Property.PropertyType.IsArray;

    /// <summary>In words, such as `a whole number, 5 to 1000`.</summary>
    public string Allowed => string.Join(", ", (string[])[SettingText.TypeInWords(Property.PropertyType), .. Attributes.Select(SettingLimits.InWords).Where(text => text.Length > 0)]);

    /// <summary>The default for people, where it is not the same on every machine; else null.</summary>
    public string? DefaultInWords => Property.GetCustomAttribute<DefaultValueAttribute>()?.Value as string;

    private IEnumerable<ValidationAttribute> Attributes => Property.GetCustomAttributes<ValidationAttribute>();

    public static SettingDescription Of(string section, PropertyInfo property, object defaults)
    {
        string name = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;
        return new SettingDescription(
            section.Length == 0 ? name : $"{section}:{name}", property, SettingText.Of(DefaultOf(property, defaults)),
            property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password);
    }

    /// <summary>What is wrong with a value, in words that do not hold it when it is a secret; null when nothing is.</summary>
    /// <param name="text">Of a list: one of its elements.</param>
    public string? FaultOf(string text)
    {
        string given = IsSecret ? "it" : $"'{text}'";
        Type type = IsList ? Property.PropertyType.GetElementType()! : Property.PropertyType;
        if (!SettingText.TryParse(type, text, out object? value)) return $"{given} is {SettingText.NotOf(type)}.";
        return IsList ? null : Attributes.Where(limit => !limit.IsValid(value)).Select(limit => SettingLimits.FaultInWords(limit, given)).FirstOrDefault();
    }

    /// <summary>What is wrong with a list as a whole.</summary>
    public string? FaultOfCount(int count)
    {
        Array list = Array.CreateInstance(Property.PropertyType.GetElementType()!, count);
        return Attributes.Where(limit => !limit.IsValid(list)).Select(limit => SettingLimits.FaultInWords(limit, $"a list of {count}")).FirstOrDefault();
    }

    private static object? DefaultOf(PropertyInfo property, object defaults) =>
        property.DeclaringType!.GetField(property.Name + DefaultSuffix, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(null) ?? property.GetValue(defaults);
}
