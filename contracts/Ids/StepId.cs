using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a step, made by its gateway: a UUIDv7 whose time is the step's own, and the key that makes a resend harmless.</summary>
[JsonConverter(typeof(IdJsonConverter<StepId>))]
public readonly record struct StepId(Guid Value) : IId<StepId>
{
    /// <summary>True for a UUID of version 7 and of the variant of RFC 9562.</summary>
    public bool IsVersion7 => Value.Version == 7 && Value.Variant is >= 8 and <= 11;

    /// <summary>The time in the id's first 48 bits (RFC 9562 §5.7), in UTC, to the millisecond.</summary>
    /// <remarks>Clamped to year 9999, past which 48 bits of milliseconds reach and <see cref="DateTimeOffset"/> does not.</remarks>
    public DateTimeOffset Time
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Value.TryWriteBytes(bytes, bigEndian: true, out _);
            long milliseconds = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
            return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
        }
    }

    public static StepId From(Guid value) => new(value);

    public static StepId New(DateTimeOffset started) => new(Guid.CreateVersion7(started));

    /// <summary>The smallest id of that time: where a range of ids begins. Before 1970 there are none.</summary>
    public static StepId Floor(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)Math.Max(0, time.ToUnixTimeMilliseconds()) << 16);
        return new StepId(new Guid(bytes, bigEndian: true));
    }

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out StepId result) => Id.TryParse(s, out result);

    public static StepId Parse(string s, IFormatProvider? provider) => Id.Parse<StepId>(s);

    public override string ToString() => Value.ToString("D");
}
