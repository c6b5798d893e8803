using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a device model of the catalogue.</summary>
[JsonConverter(typeof(IdJsonConverter<DeviceModelId>))]
public readonly record struct DeviceModelId(Guid Value) : IId<DeviceModelId>
{
    public static DeviceModelId From(Guid value) => new(value);

    public static DeviceModelId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DeviceModelId result) => Id.TryParse(s, out result);

    public static DeviceModelId Parse(string s, IFormatProvider? provider) => Id.Parse<DeviceModelId>(s);

    public override string ToString() => Value.ToString("D");
}
