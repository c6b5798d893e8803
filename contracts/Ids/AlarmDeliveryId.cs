using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an alarm delivery.</summary>
[JsonConverter(typeof(IdJsonConverter<AlarmDeliveryId>))]
public readonly record struct AlarmDeliveryId(Guid Value) : IId<AlarmDeliveryId>
{
    public static AlarmDeliveryId From(Guid value) => new(value);

    public static AlarmDeliveryId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out AlarmDeliveryId result) => Id.TryParse(s, out result);

    public static AlarmDeliveryId Parse(string s, IFormatProvider? provider) => Id.Parse<AlarmDeliveryId>(s);

    public override string ToString() => Value.ToString("D");
}
