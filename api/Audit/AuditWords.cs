using System.Diagnostics;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>A verdict as people read it: a line for each chain, one for what protects them, and the whole last.</summary>
internal static class AuditWords
{
    public static IEnumerable<string> Of(AuditVerdict verdict)
    {
        foreach (ChainVerdict chain in verdict.Chains) yield return Of(chain);
        yield return Of(verdict.Protection);
        int broken = verdict.Chains.Count(chain => chain.Fault is not null);
        yield return $"{verdict.Chains.Sum(chain => chain.Entries)} entries in {verdict.Chains.Count} chains; {broken} broken";
    }

    private static string Of(ChainVerdict chain)
    {
        string name = chain.Organization is { } organization ? $"organization {organization}" : "installation";
        string signed = chain.SignedUntil == 0 ? "none signed" : $"signed up to entry {chain.SignedUntil}";
        if (chain.Fault is not { } fault) return $"{name}: {chain.Entries} entries, {signed}";
        string where = fault.First == fault.Last ? $"entry {fault.First}" : $"one of the entries {fault.First} to {fault.Last}";
        return $"{name}: BROKEN at {where}: {fault.Code}: {fault.Detail} ({signed})";
    }

    private static string Of(AuditProtection protection) => protection switch
    {
        AuditProtection.Privilege => "append-only by the database's privileges",
        AuditProtection.Trigger =>
            "append-only by triggers alone, which the database role of StepCloud could switch off: see docs/AUDIT.md, 'An external database'",
        AuditProtection.None => "NOT PROTECTED: a trigger that keeps it append-only is missing or switched off",
        _ => throw new UnreachableException(),
    };
}
