using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an element of telemetry, made once by its gateway: a UUIDv7, and the key that makes a resend harmless.</summary>
[JsonConverter(typeof(IdJsonConverter<TelemetryId>))]
public readonly record struct TelemetryId(Guid Value) : IId<TelemetryId>
{
    /// <summary>True for a UUID of version 7 and of the variant of RFC 9562.</summary>
    public bool IsVersion7 => Uuid7.Is(Value);

    /// <summary>The time in the id's first 48 bits, in UTC, to the millisecond.</summary>
    public DateTimeOffset Time => Uuid7.TimeOf(Value);

    public static TelemetryId From(Guid value) => new(value);

    public static TelemetryId New(DateTimeOffset sent) => new(Guid.CreateVersion7(sent));

    /// <summary>The smallest id of that time: where a range of ids begins.</summary>
    public static TelemetryId Floor(DateTimeOffset time) => new(Uuid7.Floor(time));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TelemetryId result) => Id.TryParse(s, out result);

    public static TelemetryId Parse(string s, IFormatProvider? provider) => Id.Parse<TelemetryId>(s);

    public override string ToString() => Value.ToString("D");
}
