using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>What a walk through all chains has found.</summary>
public sealed record AuditVerdict(AuditProtection Protection, IReadOnlyList<ChainVerdict> Chains)
{
    /// <summary>Trigger-only protection is said, and is no fault of the record.</summary>
    public bool IsGood => Protection != AuditProtection.None && Chains.All(chain => chain.Fault is null);
}

/// <param name="Organization">Null for the chain of the installation.</param>
/// <param name="Entries">That were found whole, from the first on.</param>
/// <param name="Heads">Signed heads that were found right.</param>
/// <param name="SignedUntil">The last entry that a head proves; 0 when none does.</param>
/// <param name="Fault">The first one; null when all is as it was written.</param>
public sealed record ChainVerdict(OrganizationId? Organization, long Entries, int Heads, long SignedUntil, AuditFault? Fault);

/// <param name="First">The first broken entry; or, with <paramref name="Last"/>, the range in which it is.</param>
/// <param name="Last">The same as <paramref name="First"/> when one entry is known to be it.</param>
/// <param name="Code">One of <see cref="AuditFaults"/>.</param>
public sealed record AuditFault(long First, long Last, string Code, string Detail)
{
    public AuditFault(long sequence, string code, string detail) : this(sequence, sequence, code, detail)
    {
    }
}

/// <summary>Stable: programs search by them.</summary>
public static class AuditFaults
{
    /// <summary>Deleted, or moved away.</summary>
    public const string Missing = "missing";

    /// <summary>It is not what its hash was made of.</summary>
    public const string Altered = "altered";

    /// <summary>It has a right hash, but the next one was built on another.</summary>
    public const string Replaced = "replaced";

    /// <summary>A signed head knows another hash: everything since the head before may have been written anew.</summary>
    public const string Rewritten = "rewritten";

    /// <summary>The end of the chain is gone.</summary>
    public const string Truncated = "truncated";

    /// <summary>Behind the chain's last link, so not written by an append.</summary>
    public const string Added = "added";

    /// <summary>A signed head is not one.</summary>
    public const string BadHead = "bad_head";
}
