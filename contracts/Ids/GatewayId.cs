using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a gateway.</summary>
[JsonConverter(typeof(IdJsonConverter<GatewayId>))]
public readonly record struct GatewayId(Guid Value) : IId<GatewayId>
{
    public static GatewayId From(Guid value) => new(value);

    public static GatewayId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out GatewayId result) => Id.TryParse(s, out result);

    public static GatewayId Parse(string s, IFormatProvider? provider) => Id.Parse<GatewayId>(s);

    public override string ToString() => Value.ToString("D");
}
