using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>Follows one chain from its first entry on, and stops at the first that is not as it was written.</summary>
/// <param name="heads">Of this chain, by sequence.</param>
/// <param name="faultOf">What is wrong with a head by itself; null for nothing.</param>
public sealed class ChainWalk(IReadOnlyList<AuditHead> heads, Func<AuditHead, string?> faultOf)
{
    private byte[] _hash = AuditHash.BeforeFirst;
    private int _nextHead;

    public long Entries { get; private set; }

    /// <summary>Heads that were found right.</summary>
    public int Heads { get; private set; }

    /// <summary>The last entry that a head proves.</summary>
    public long SignedUntil { get; private set; }

    /// <returns>The fault, if it is here; the walk must not go on then.</returns>
    public AuditFault? Take(AuditEntry entry)
    {
        long expected = Entries + 1;
        if (entry.Sequence != expected) return new AuditFault(expected, AuditFaults.Missing, $"entry {entry.Sequence} stands in its place");
        if (!AuditHash.Of(entry).AsSpan().SequenceEqual(entry.Hash))
            return new AuditFault(expected, AuditFaults.Altered, "it is not what its hash was made of");

        // This one is whole and says on what it was built. If that is not the one before, the one before is another than it was.
        if (!entry.PreviousHash.AsSpan().SequenceEqual(_hash))
        {
            return expected == 1
                ? new AuditFault(1, AuditFaults.Replaced, "it was built on an entry before it, and there is none")
                : new AuditFault(Entries, AuditFaults.Replaced, $"entry {expected} was built on another one");
        }

        Entries = expected;
        _hash = entry.Hash;
        return TakeHeads();
    }

    /// <param name="chain">The last link, as the next append would go on from it.</param>
    public AuditFault? End(AuditChain chain)
    {
        if (_nextHead < heads.Count)
        {
            AuditHead beyond = heads[^1];
            return heads[_nextHead] is var next && faultOf(next) is { } bad
                ? BadHead(next, bad)
                : new AuditFault(Entries + 1, beyond.Sequence, AuditFaults.Truncated, $"the head signed at {beyond.SignedAt:u} proves that there were {beyond.Sequence}");
        }

        if (chain.Sequence > Entries)
            return new AuditFault(Entries + 1, chain.Sequence, AuditFaults.Truncated, $"the chain's last link is that of entry {chain.Sequence}");
        if (chain.Sequence < Entries)
            return new AuditFault(chain.Sequence + 1, Entries, AuditFaults.Added, $"the chain's last link is that of entry {chain.Sequence}");
        return Entries == 0 || chain.Hash.AsSpan().SequenceEqual(_hash)
            ? null
            : new AuditFault(SignedUntil + 1, Entries, AuditFaults.Rewritten, "the chain's last link has another hash than the last entry");
    }

    private AuditFault? TakeHeads()
    {
        for (; _nextHead < heads.Count && heads[_nextHead].Sequence <= Entries; _nextHead++)
        {
            AuditHead head = heads[_nextHead];
            if (faultOf(head) is { } bad) return BadHead(head, bad);
            if (head.Sequence < Entries) return BadHead(head, "there is no such entry");
            if (!head.Hash.AsSpan().SequenceEqual(_hash))
            {
                return new AuditFault(
                    SignedUntil + 1, Entries, AuditFaults.Rewritten, $"the head signed at {head.SignedAt:u} knows another hash of entry {Entries}");
            }

            Heads++;
            SignedUntil = Entries;
        }

        return null;
    }

    private static AuditFault BadHead(AuditHead head, string why) =>
        new(head.Sequence, AuditFaults.BadHead, $"the head of it that is said to be signed at {head.SignedAt:u} does not count: {why}");
}
