using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>How a step lies in a segment, all numbers little-endian.</summary>
/// <remarks>
/// <code>
/// |  0     |  4    |  8      |  24     |  28 ...  |
/// | length | crc   | step id | samples | payload  |
///
/// |  0     |  4    |  8      |  24     |  28          |  60 ...  |
/// | length | crc   | step id | samples | content hash | payload  |
/// </code>
/// The second form, whose `samples` has its highest bit set, is what is written; the first is what older versions wrote.
/// `length` counts what follows the crc. `crc` is CRC-32C (RFC 3720 appendix B.4) of the length and of what follows it,
/// so that a run of zeros, which is what a file system leaves after a power cut, is no record.
/// </remarks>
internal static class OutboxRecord
{
    public const int HeaderBytes = 4 + 4 + 16 + 4;

    /// <summary>The part of the header that `length` counts.</summary>
    private const int CountedHeaderBytes = 16 + 4;

    /// <summary>In `samples`.</summary>
    private const int HasContentHash = int.MinValue;

    public static int BytesOf(in OutboxStep step) => HeaderBytes + step.ContentHash.Length + step.Payload.Length;

    public static void Write(Span<byte> destination, in OutboxStep step)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, CountedHeaderBytes + step.ContentHash.Length + step.Payload.Length);
        step.Id.Value.TryWriteBytes(destination[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], step.ContentHash.IsEmpty ? step.Samples : step.Samples | HasContentHash);
        step.ContentHash.Span.CopyTo(destination[HeaderBytes..]);
        step.Payload.Span.CopyTo(destination[(HeaderBytes + step.ContentHash.Length)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Checksum(destination[..BytesOf(step)]));
    }

    /// <summary>The record's size as its first four bytes tell it; false when no record can have that size.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> header, out int recordBytes)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        recordBytes = length + 8;
        return length is >= CountedHeaderBytes and <= int.MaxValue - 8;
    }

    /// <summary>False for a record that was torn or has changed since.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> record, out OutboxStep step)
    {
        ReadOnlySpan<byte> bytes = record.Span;
        step = default;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Checksum(bytes))
            return false;
        StepId id = new(new Guid(bytes[8..24], bigEndian: true));
        int samples = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        int hashBytes = (samples & HasContentHash) == 0 ? 0 : ContentHash.Bytes;
        if (bytes.Length < HeaderBytes + hashBytes)
            return false;
        step = new OutboxStep(id, samples & ~HasContentHash, record[(HeaderBytes + hashBytes)..]) { ContentHash = record.Slice(HeaderBytes, hashBytes) };
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> record)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(record));
        ReadOnlySpan<byte> rest = record[8..];
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(rest))
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (byte b in rest[(rest.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
