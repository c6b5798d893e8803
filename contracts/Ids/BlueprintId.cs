using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a blueprint.</summary>
[JsonConverter(typeof(IdJsonConverter<BlueprintId>))]
public readonly record struct BlueprintId(Guid Value) : IId<BlueprintId>
{
    public static BlueprintId From(Guid value) => new(value);

    public static BlueprintId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out BlueprintId result) => Id.TryParse(s, out result);

    public static BlueprintId Parse(string s, IFormatProvider? provider) => Id.Parse<BlueprintId>(s);

    public override string ToString() => Value.ToString("D");
}
