using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>
/// <code>
/// SHA-256( "stepcloud audit entry v1" 0x00
///          previous hash (32) | organization (16, as RFC 9562 §4; zeros: the installation) | sequence (8) | time (8, microseconds since 1970)
///          doer kind | doer id | remote address | agent | action | subject kind | subject id | old | new )
/// </code>
/// Numbers are big-endian. A text is 0x00 for null, else 0x01, the count of its UTF-8 bytes (4), and those: no two entries have the same bytes.
/// </summary>
/// <remarks>The database makes the hash, by its own code (migration 0009). This is the second opinion; the third is in docs/AUDIT.md.</remarks>
public static class AuditHash
{
    public const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>What the first entry of a chain has as its previous hash.</summary>
    public static readonly byte[] BeforeFirst = new byte[Bytes];

    private static ReadOnlySpan<byte> Label => "stepcloud audit entry v1\0"u8;

    public static byte[] Of(AuditEntry entry)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Label);
        hash.AppendData(entry.PreviousHash);
        hash.AppendData((entry.Organization?.Value ?? Guid.Empty).ToByteArray(bigEndian: true));
        AppendNumber(hash, entry.Sequence);
        AppendNumber(hash, UnixMicroseconds.Of(entry.At));
        ReadOnlySpan<string?> texts =
        [
            entry.DoerKind, entry.DoerId?.ToString("D"), entry.RemoteAddress, entry.Agent, entry.Action, entry.SubjectKind, entry.SubjectId,
            entry.Old, entry.New,
        ];
        foreach (string? text in texts) AppendText(hash, text);
        return hash.GetHashAndReset();
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private static void AppendText(IncrementalHash hash, string? text)
    {
        if (text is null)
        {
            hash.AppendData([0]);
            return;
        }

        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> prefix = stackalloc byte[1 + sizeof(int)];
        prefix[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], utf8.Length);
        hash.AppendData(prefix);
        hash.AppendData(utf8);
    }
}
