using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orleans.Serialization.Cloning;

namespace StepCloud.Silo.Calls;

/// <summary>How messages of `contracts/` travel between nodes: as JSON, by the names of their members, so that nodes of two versions understand each other.</summary>
internal static class ContractJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        // Whatever a sensor has sent comes over as it is.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { TellKinds } },
    };

    public static bool IsContract(Type type) =>
        type.Namespace?.StartsWith("StepCloud.Contracts", StringComparison.Ordinal) == true && !typeof(Exception).IsAssignableFrom(type);

    /// <summary>What can be one of several kinds (the nested records of an abstract one) says which.</summary>
    private static void TellKinds(JsonTypeInfo type)
    {
        if (!type.Type.IsAbstract || !IsContract(type.Type)) return;
        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "$kind" };
        foreach (Type kind in type.Type.GetNestedTypes().Where(nested => nested.IsSubclassOf(type.Type)))
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind, kind.Name));
    }
}

/// <summary>Messages never change once they are made, so within a node they are handed over as they are.</summary>
internal sealed class ContractCopier : IGeneralizedCopier
{
    public bool IsSupportedType(Type type) => ContractJson.IsContract(type);

    public object? DeepCopy(object? input, CopyContext context) => input;
}
