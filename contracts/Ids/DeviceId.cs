using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a device, made by its gateway at the first announcement.</summary>
[JsonConverter(typeof(IdJsonConverter<DeviceId>))]
public readonly record struct DeviceId(Guid Value) : IId<DeviceId>
{
    public static DeviceId From(Guid value) => new(value);

    public static DeviceId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DeviceId result) => Id.TryParse(s, out result);

    public static DeviceId Parse(string s, IFormatProvider? provider) => Id.Parse<DeviceId>(s);

    public override string ToString() => Value.ToString("D");
}
