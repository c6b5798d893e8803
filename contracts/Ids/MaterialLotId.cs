using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a material lot.</summary>
[JsonConverter(typeof(IdJsonConverter<MaterialLotId>))]
public readonly record struct MaterialLotId(Guid Value) : IId<MaterialLotId>
{
    public static MaterialLotId From(Guid value) => new(value);

    public static MaterialLotId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MaterialLotId result) => Id.TryParse(s, out result);

    public static MaterialLotId Parse(string s, IFormatProvider? provider) => Id.Parse<MaterialLotId>(s);

    public override string ToString() => Value.ToString("D");
}
