using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a step, made by its gateway: a UUIDv7 whose time is the step's own, and the key that makes a resend harmless.</summary>
[JsonConverter(typeof(IdJsonConverter<StepId>))]
public readonly record struct StepId(Guid Value) : IId<StepId>
{
    /// <summary>True for a UUID of version 7 and of the variant of RFC 9562.</summary>
    public bool IsVersion7 => Uuid7.Is(Value);

    /// <summary>The time in the id's first 48 bits, in UTC, to the millisecond.</summary>
    public DateTimeOffset Time => Uuid7.TimeOf(Value);

    public static StepId From(Guid value) => new(value);

    public static StepId New(DateTimeOffset started) => new(Guid.CreateVersion7(started));

    /// <summary>The smallest id of that time: where a range of ids begins. Before 1970 there are none.</summary>
    public static StepId Floor(DateTimeOffset time) => new(Uuid7.Floor(time));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out StepId result) => Id.TryParse(s, out result);

    public static StepId Parse(string s, IFormatProvider? provider) => Id.Parse<StepId>(s);

    public override string ToString() => Value.ToString("D");
}
