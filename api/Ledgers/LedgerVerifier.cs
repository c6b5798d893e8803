using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Ledgers;

/// <summary>Holds what a gateway says it sent against what the database holds of it.</summary>
public sealed class LedgerVerifier(StepQueries steps)
{
    public async Task<LedgerVerdict> VerifyAsync(GatewayId gateway, LedgerFile ledger, CancellationToken cancellationToken)
    {
        HashSet<StepId> missing = [.. ledger.Entries.Where(entry => entry.Value.Answer == LedgerAnswer.Acknowledged).Select(entry => entry.Key)];
        HashSet<StepId> seen = [];
        LedgerVerdict verdict = LedgerVerdict.Nothing;
        await foreach ((StepId id, long samples) in steps.CountByGatewayAsync(gateway, cancellationToken))
        {
            missing.Remove(id);
            bool isSent = ledger.Entries.TryGetValue(id, out LedgerFile.Entry? entry);
            // A second row of the same step, under its own id or under one that was never sent.
            bool isDuplicate = !seen.Add(id) || !isSent;
            verdict = verdict with
            {
                Steps = verdict.Steps + 1,
                Samples = verdict.Samples + samples,
                Duplicate = verdict.Duplicate + (isDuplicate ? 1 : 0),
                Altered = verdict.Altered + (isSent && entry!.Samples != samples ? 1 : 0),
            };
        }

        return verdict with
        {
            Lost = missing.Count,
            Refused = ledger.Entries.Count(entry => entry.Value.Answer == LedgerAnswer.Refused),
        };
    }
}

/// <param name="Steps">In the database.</param>
/// <param name="Samples">In the database, counted value by value.</param>
/// <param name="Lost">Acknowledged, and not in the database.</param>
/// <param name="Duplicate">In the database, and beyond what was sent.</param>
/// <param name="Altered">In the database with another number of samples than was sent.</param>
/// <param name="Refused">Answered with a refusal.</param>
public sealed record LedgerVerdict(long Steps, long Samples, long Lost, long Duplicate, long Altered, long Refused)
{
    public static readonly LedgerVerdict Nothing = new(0, 0, 0, 0, 0, 0);

    public bool IsGood => Lost == 0 && Duplicate == 0 && Altered == 0;

    public static LedgerVerdict operator +(LedgerVerdict a, LedgerVerdict b) => new(
        a.Steps + b.Steps, a.Samples + b.Samples, a.Lost + b.Lost, a.Duplicate + b.Duplicate, a.Altered + b.Altered, a.Refused + b.Refused);

    public override string ToString() => Altered == 0
        ? $"stored {Steps} steps, {Samples} samples; {Lost} lost, {Duplicate} duplicate"
        : $"stored {Steps} steps, {Samples} samples; {Lost} lost, {Duplicate} duplicate, {Altered} altered";
}
