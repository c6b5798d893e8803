using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Contracts.Steps;

/// <summary>
/// SHA-256 over all that a step says, in one binary form: tells a resend from another step under the same id, and what is stored from what was sent.
/// </summary>
/// <remarks>
/// The form, in this order and without padding: version (1 byte), id, device, kind, started and ended (microseconds since 1970), label,
/// settings, then the series and the logs. Numbers are little-endian; a text is its length in UTF-8 bytes (4 bytes) and those; a list is its
/// length (4 bytes) and its elements; a double is its 64 bits, so that -0.0 and 0.0 differ. Settings are taken as the text that was sent.
/// A step that says how it ended, for which job it was, or its sequence has version 2: these three follow the settings; outcome 0, an empty job
/// and sequence -1 stand for what is not said. The hashes are stored: another form needs another version, and the old ones for ever.
/// </remarks>
public static class ContentHash
{
    /// <summary>Of a hash.</summary>
    public const int Bytes = SHA256.HashSizeInBytes;

    private const byte Version = 1;
    private const byte VersionWithResult = 2;

    public static byte[] Of(StepEvent step)
    {
        using Writer writer = new();
        bool hasResult = step.Outcome is not null || step.Job is not null || step.Sequence is not null;
        writer.Byte(hasResult ? VersionWithResult : Version);
        writer.Id(step.Id.Value);
        writer.Id(step.Device.Value);
        writer.Byte((byte)step.Kind);
        writer.Time(step.Started);
        writer.Time(step.Ended);
        writer.Text(step.Label);
        writer.Text(step.Settings);
        if (hasResult)
        {
            writer.Byte((byte?)step.Outcome ?? 0);
            writer.Text(step.Job ?? "");
            writer.Number(step.Sequence ?? -1);
        }

        writer.Count(step.Series.Count);
        foreach (StepSeries series in step.Series)
        {
            writer.Text(series.Name);
            writer.Text(series.Unit);
            writer.Byte((byte)series.Kind);
            writer.Byte((byte)series.Chart);
            writer.Numbers(MemoryMarshal.AsBytes(series.TimesMicroseconds.AsSpan()), series.TimesMicroseconds.Length);
            writer.Numbers(MemoryMarshal.AsBytes(series.Values.AsSpan()), series.Values.Length);
        }

        writer.Count(step.Logs.Count);
        foreach (StepLog log in step.Logs)
        {
            writer.Byte((byte)log.Kind);
            writer.Text(log.Label);
            writer.Count(log.Lines.Length);
            foreach (string line in log.Lines)
                writer.Text(line);
        }

        return writer.Finish();
    }

    /// <summary>Gathers small pieces in a buffer: each call of the hash function costs more than they do.</summary>
    private sealed class Writer : IDisposable
    {
        private const int BufferBytes = 16 * 1024;

        [ThreadStatic]
        private static IncrementalHash? t_hash;

        private readonly IncrementalHash _hash = t_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        private int _used;

        public void Byte(byte value) => Take(1)[0] = value;

        public void Count(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

        public void Number(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

        public void Time(DateTimeOffset value) => Number(UnixMicroseconds.Of(value));

        public void Id(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

        public void Text(string text)
        {
            int bytes = Encoding.UTF8.GetByteCount(text);
            Count(bytes);
            if (bytes <= _buffer.Length)
            {
                Encoding.UTF8.GetBytes(text, Take(bytes));
                return;
            }

            byte[] big = ArrayPool<byte>.Shared.Rent(bytes);
            Raw(big.AsSpan(0, Encoding.UTF8.GetBytes(text, big)));
            ArrayPool<byte>.Shared.Return(big);
        }

        public void Numbers(ReadOnlySpan<byte> bytes, int count)
        {
            Debug.Assert(BitConverter.IsLittleEndian, "The array's own bytes are the little-endian form.");
            Count(count);
            if (bytes.Length <= _buffer.Length)
                bytes.CopyTo(Take(bytes.Length));
            else
                Raw(bytes);
        }

        public byte[] Finish()
        {
            Flush();
            return _hash.GetHashAndReset();
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

        private void Raw(ReadOnlySpan<byte> bytes)
        {
            Flush();
            _hash.AppendData(bytes);
        }

        private Span<byte> Take(int count)
        {
            if (_buffer.Length - _used < count)
                Flush();
            Span<byte> taken = _buffer.AsSpan(_used, count);
            _used += count;
            return taken;
        }

        private void Flush()
        {
            _hash.AppendData(_buffer, 0, _used);
            _used = 0;
        }
    }
}
