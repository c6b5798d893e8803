using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a time for which a device works for a job.</summary>
[JsonConverter(typeof(IdJsonConverter<JobDeviceId>))]
public readonly record struct JobDeviceId(Guid Value) : IId<JobDeviceId>
{
    public static JobDeviceId From(Guid value) => new(value);

    public static JobDeviceId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobDeviceId result) => Id.TryParse(s, out result);

    public static JobDeviceId Parse(string s, IFormatProvider? provider) => Id.Parse<JobDeviceId>(s);

    public override string ToString() => Value.ToString("D");
}
