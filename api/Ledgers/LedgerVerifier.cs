using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Ledgers;

/// <summary>Holds what a gateway says it sent against what the database holds of it.</summary>
public sealed class LedgerVerifier(StepQueries steps, RejectedMessageStore quarantine)
{
    public async Task<LedgerVerdict> VerifyAsync(GatewayId gateway, LedgerFile ledger, CancellationToken cancellationToken)
    {
        HashSet<StepId> missing = [.. ledger.Entries.Where(entry => entry.Value.Answer == LedgerAnswer.Acknowledged).Select(entry => entry.Key)];
        HashSet<StepId> seen = [];
        List<(CountedStep Step, int Order)> sent = [];
        LedgerVerdict verdict = LedgerVerdict.Nothing;
        await foreach (CountedStep step in steps.CountByGatewayAsync(gateway, cancellationToken))
        {
            missing.Remove(step.Id);
            bool isSent = ledger.Entries.TryGetValue(step.Id, out LedgerFile.Entry? entry);
            // A second row of the same step, under its own id or under one that was never sent.
            bool isDuplicate = !seen.Add(step.Id) || !isSent;
            if (isSent) sent.Add((step, entry!.Order));
            verdict = verdict with
            {
                Steps = verdict.Steps + 1,
                Samples = verdict.Samples + step.Samples,
                Duplicate = verdict.Duplicate + (isDuplicate ? 1 : 0),
                Altered = verdict.Altered + (isSent && entry!.Samples != step.Samples ? 1 : 0),
            };
        }

        StepId[] refused = [.. ledger.Entries.Where(entry => entry.Value.Answer == LedgerAnswer.Refused).Select(entry => entry.Key)];
        return verdict with
        {
            Lost = missing.Count,
            OutOfOrder = sent.GroupBy(one => one.Step.Device).Sum(device => CountDescending(device.OrderBy(one => one.Order).Select(one => one.Step.Position))),
            Refused = refused.Length,
            NotInQuarantine = (await quarantine.FindMissingAsync(gateway, refused, cancellationToken)).Count,
        };
    }

    /// <summary>How many come after one that is greater.</summary>
    private static int CountDescending(IEnumerable<long> positions)
    {
        long greatest = 0;
        int count = 0;
        foreach (long position in positions)
        {
            if (position < greatest) count++;
            greatest = Math.Max(greatest, position);
        }

        return count;
    }
}

/// <param name="Steps">In the database.</param>
/// <param name="Samples">In the database, counted value by value.</param>
/// <param name="Lost">Acknowledged, and not in the database.</param>
/// <param name="Duplicate">In the database, and beyond what was sent.</param>
/// <param name="Altered">In the database with another number of samples than was sent.</param>
/// <param name="OutOfOrder">Committed after a step of the same device that was sent later.</param>
/// <param name="Refused">Answered with a refusal.</param>
/// <param name="NotInQuarantine">Of those the ones that no refused message of the gateway tells of.</param>
public sealed record LedgerVerdict(long Steps, long Samples, long Lost, long Duplicate, long Altered, long OutOfOrder, long Refused, long NotInQuarantine)
{
    public static readonly LedgerVerdict Nothing = new(0, 0, 0, 0, 0, 0, 0, 0);

    public bool IsGood => Lost == 0 && Duplicate == 0 && Altered == 0 && OutOfOrder == 0 && NotInQuarantine == 0;

    public static LedgerVerdict operator +(LedgerVerdict a, LedgerVerdict b) => new(
        a.Steps + b.Steps, a.Samples + b.Samples, a.Lost + b.Lost, a.Duplicate + b.Duplicate, a.Altered + b.Altered, a.OutOfOrder + b.OutOfOrder, a.Refused + b.Refused,
        a.NotInQuarantine + b.NotInQuarantine);

    public override string ToString()
    {
        string text = $"stored {Steps} steps, {Samples} samples; {Lost} lost, {Duplicate} duplicate";
        if (Altered > 0) text += $", {Altered} altered";
        if (OutOfOrder > 0) text += $", {OutOfOrder} out of order";
        return NotInQuarantine > 0 ? $"{text}, {NotInQuarantine} refused and not in the quarantine" : text;
    }
}
