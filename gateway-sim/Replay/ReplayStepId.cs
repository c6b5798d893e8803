using System.Buffers.Binary;
using System.Security.Cryptography;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Replay;

/// <summary>The id of a replayed step: the same device, file, rows and time always give the same one.</summary>
public static class ReplayStepId
{
    /// <remarks>
    /// A UUIDv7 (RFC 9562 §5.7) of the step's start, whose 74 other bits are not random but the beginning of a SHA-256, which
    /// §6.2 leaves to the maker.
    /// </remarks>
    /// <param name="fileSha256">32 bytes.</param>
    public static StepId Of(DateTimeOffset started, DeviceId device, ReadOnlySpan<byte> fileSha256, long firstRow, long lastRow)
    {
        Span<byte> content = stackalloc byte[16 + 32 + 8 + 8];
        device.Value.TryWriteBytes(content, bigEndian: true, out _);
        fileSha256.CopyTo(content[16..]);
        BinaryPrimitives.WriteInt64BigEndian(content[48..], firstRow);
        BinaryPrimitives.WriteInt64BigEndian(content[56..], lastRow);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(content, hash);

        Span<byte> id = hash[..16];
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, started.ToUnixTimeMilliseconds());
        time[2..].CopyTo(id);
        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new StepId(new Guid(id, bigEndian: true));
    }
}
