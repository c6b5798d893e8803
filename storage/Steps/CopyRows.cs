using System.Buffers.Binary;
using System.Text;

namespace StepCloud.Storage;

/// <summary>Rows of one table in the binary form of COPY (PostgreSQL, "COPY", Binary Format); kept and filled anew for each commit.</summary>
/// <param name="fields">Of each row.</param>
internal sealed class CopyRows(short fields)
{
    // One unusual commit must not hold its memory for ever.
    private const int BytesKept = 4 * 1024 * 1024;

    private const int Null = -1;

    /// <summary>Behind the last row.</summary>
    private const short Trailer = -1;

    private const int OidOfText = 25;

    private static readonly long s_epochTicks = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>Throws at half of a surrogate pair, rather than to write another character.</summary>
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Its last bytes tell whether it went through something that alters texts.</summary>
    private static ReadOnlySpan<byte> Signature => [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0];

    private byte[] _bytes = new byte[16 * 1024];
    private int _length;

    public int Count { get; private set; }

    /// <summary>Where the next byte will stand.</summary>
    public int Length => _length;

    public void Begin()
    {
        if (_bytes.Length > BytesKept) _bytes = new byte[BytesKept];
        (_length, Count) = (0, 0);
        Signature.CopyTo(Take(Signature.Length));
        // No flags, and no extension of the head.
        Take(2 * sizeof(int)).Clear();
    }

    public void Row()
    {
        Short(Take(sizeof(short)), fields);
        Count++;
    }

    public void Number(short value) => Short(Field(sizeof(short)), value);

    public void Number(int value) => Int(Field(sizeof(int)), value);

    public void Number(long value) => Long(Field(sizeof(long)), value);

    public void Number(double value) => BinaryPrimitives.WriteDoubleBigEndian(Field(sizeof(double)), value);

    public void NumberOrNull(short? value)
    {
        if (value is { } number) Number(number);
        else Nothing();
    }

    public void NumberOrNull(long? value)
    {
        if (value is { } number) Number(number);
        else Nothing();
    }

    public void Truth(bool value) => Field(1)[0] = (byte)(value ? 1 : 0);

    public void Id(Guid value) => value.TryWriteBytes(Field(16), bigEndian: true, out _);

    /// <summary>In whole microseconds; what is finer is cut.</summary>
    public void Time(DateTimeOffset value) => Number((value.UtcTicks - s_epochTicks) / TimeSpan.TicksPerMicrosecond);

    /// <exception cref="EncoderFallbackException">It holds half of a surrogate pair.</exception>
    public void Text(string value) => s_utf8.GetBytes(value, Field(s_utf8.GetByteCount(value)));

    public void TextOrNull(string? value)
    {
        if (string.IsNullOrEmpty(value)) Nothing();
        else Text(value);
    }

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length));

    public void BytesOrNull(byte[]? value)
    {
        if (value is not { Length: > 0 }) Nothing();
        else Bytes(value);
    }

    /// <summary>As text[], from 1.</summary>
    public void Texts(IReadOnlyList<string> values)
    {
        int start = _length;
        Span<byte> head = Take(sizeof(int) * (values.Count == 0 ? 4 : 6));
        Int(head[4..], values.Count == 0 ? 0 : 1);
        Int(head[8..], 0);
        Int(head[12..], OidOfText);
        if (values.Count > 0)
        {
            Int(head[16..], values.Count);
            Int(head[20..], 1);
        }

        foreach (string value in values) Text(value);
        Int(_bytes.AsSpan(start), _length - start - sizeof(int));
    }

    /// <summary>Puts the number into a field that was written before.</summary>
    /// <param name="at">Where its row began to write it: <see cref="Length"/> then.</param>
    public void Replace(int at, long value) => Long(_bytes.AsSpan(at + sizeof(int)), value);

    /// <summary>All that COPY takes.</summary>
    public ReadOnlyMemory<byte> End()
    {
        Short(Take(sizeof(short)), Trailer);
        return _bytes.AsMemory(0, _length);
    }

    private void Nothing() => Int(Take(sizeof(int)), Null);

    private Span<byte> Field(int bytes)
    {
        Span<byte> taken = Take(sizeof(int) + bytes);
        Int(taken, bytes);
        return taken[sizeof(int)..];
    }

    private Span<byte> Take(int bytes)
    {
        int needed = checked(_length + bytes);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        Span<byte> taken = _bytes.AsSpan(_length, bytes);
        _length = needed;
        return taken;
    }

    private static void Short(Span<byte> target, short value) => BinaryPrimitives.WriteInt16BigEndian(target, value);

    private static void Int(Span<byte> target, int value) => BinaryPrimitives.WriteInt32BigEndian(target, value);

    private static void Long(Span<byte> target, long value) => BinaryPrimitives.WriteInt64BigEndian(target, value);
}
