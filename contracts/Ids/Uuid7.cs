using System.Buffers.Binary;

namespace StepCloud.Contracts.Ids;

/// <summary>What a UUID of version 7 (RFC 9562 §5.7) tells beside being one.</summary>
internal static class Uuid7
{
    /// <summary>True for version 7 and the variant of RFC 9562.</summary>
    public static bool Is(Guid value) => value.Version == 7 && value.Variant is >= 8 and <= 11;

    /// <summary>The time in its first 48 bits, in UTC, to the millisecond.</summary>
    /// <remarks>Clamped to year 9999, past which 48 bits of milliseconds reach and <see cref="DateTimeOffset"/> does not.</remarks>
    public static DateTimeOffset TimeOf(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        long milliseconds = (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
    }

    /// <summary>The smallest one of that time: where a range of them begins. Before 1970 there are none.</summary>
    public static Guid Floor(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)Math.Max(0, time.ToUnixTimeMilliseconds()) << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
