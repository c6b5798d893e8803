using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Users;

/// <summary>Gives an e-mail address that no account has a stand-in: a user's actor that finds no user.</summary>
/// <remarks>
/// What is tried with an unknown address takes the same way as with a known one: the same turns, the same work, the same delays. The stand-ins are
/// a bounded number, so that addresses made up by the thousand cost no more memory than that many idle actors. Two addresses can share one; to
/// learn from that which are unknown, somebody would have to fail often enough at most stand-ins within an actor's idle time, and each try costs a hash.
/// </remarks>
internal sealed class UnknownAccounts
{
    public const int StandInsMax = 1 << 16;

    // Made anew at each start, as the delays are: nobody outside can tell which addresses share a stand-in.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public UserId StandIn(string email)
    {
        byte[] hash = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(email.Trim().ToLowerInvariant()));
        int number = BinaryPrimitives.ReadUInt16BigEndian(hash);
        // Version 8 (RFC 9562 §5.8): never the id of a user, which is of version 7.
        Span<byte> id = stackalloc byte[16];
        id.Clear();
        id[6] = 0x80;
        id[8] = 0x80;
        BinaryPrimitives.WriteInt32BigEndian(id[12..], number);
        return new UserId(new Guid(id, bigEndian: true));
    }
}
