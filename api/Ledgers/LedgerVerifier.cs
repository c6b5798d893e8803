using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Retention;

namespace StepCloud.Api.Ledgers;

/// <summary>Holds what gateways say they sent against what the database holds of it.</summary>
public sealed class LedgerVerifier(StepVerification steps, RejectedMessageStore quarantine)
{
    private const int StepsPerReport = 100;

    /// <summary>All of them together: what the audit tells of retention is of an organization, and covers each step of one gateway or of another, and not both.</summary>
    /// <param name="progress">Told how many stored steps were looked at.</param>
    public async Task<LedgerVerdict> VerifyAsync(IEnumerable<(GatewayId Gateway, LedgerFile Ledger)> ledgers, IProgress<long> progress, CancellationToken cancellationToken)
    {
        ThinnedSteps thinned = steps.CountThinned();
        LedgerVerdict verdict = LedgerVerdict.Nothing;
        foreach ((GatewayId gateway, LedgerFile ledger) in ledgers)
            verdict += await VerifyAsync(gateway, ledger, thinned, new ProgressFrom(verdict.Steps, progress), cancellationToken);
        return verdict;
    }

    private async Task<LedgerVerdict> VerifyAsync(GatewayId gateway, LedgerFile ledger, ThinnedSteps thinned, IProgress<long> progress, CancellationToken cancellationToken)
    {
        HashSet<StepId> missing = [.. ledger.Entries.Where(entry => entry.Value.Answer == LedgerAnswer.Acknowledged).Select(entry => entry.Key)];
        List<(DeviceId Device, long Position, int Order)> sent = [];
        List<AlteredStep> altered = [];
        LedgerVerdict verdict = LedgerVerdict.Nothing;
        await foreach (VerifiedStep step in steps.VerifyByGatewayAsync(gateway, thinned, cancellationToken))
        {
            missing.Remove(step.Id);
            // A second row of the same step stands under an id that was never sent: of one id there is one row.
            bool isSent = ledger.Entries.TryGetValue(step.Id, out LedgerFile.Entry? entry);
            string? fault = isSent ? FaultOf(step, entry!) : null;
            if (entry?.Order is { } order) sent.Add((step.Device, step.Position, order));
            if (fault is not null && altered.Count < LedgerVerdict.AlteredNamedMax) altered.Add(new AlteredStep(gateway, step.Id, fault));
            verdict = verdict with
            {
                Steps = verdict.Steps + 1,
                Samples = verdict.Samples + step.Samples,
                Duplicate = verdict.Duplicate + (isSent ? 0 : 1),
                Altered = verdict.Altered + (fault is null ? 0 : 1),
                ByContents = verdict.ByContents + (entry?.ContentHash is null ? 0 : 1),
                BySamplesOnly = verdict.BySamplesOnly + (isSent && entry!.ContentHash is null ? 1 : 0),
                Thinned = verdict.Thinned + (step.IsThinned ? 1 : 0),
            };
            if (verdict.Steps % StepsPerReport == 0) progress.Report(verdict.Steps);
        }

        StepId[] refused = [.. ledger.Entries.Where(entry => entry.Value.Answer == LedgerAnswer.Refused).Select(entry => entry.Key)];
        return verdict with
        {
            Lost = missing.Count,
            AlteredSteps = altered,
            OutOfOrder = sent.GroupBy(one => one.Device).Sum(device => CountDescending(device.OrderBy(one => one.Order).Select(one => one.Position))),
            Refused = refused.Length,
            NotInQuarantine = (await quarantine.FindMissingAsync(gateway, refused, cancellationToken)).Count,
        };
    }

    /// <summary>Two comparisons: of the stored hash with the gateway's own, and of what is stored with the stored hash.</summary>
    private static string? FaultOf(VerifiedStep step, LedgerFile.Entry sent)
    {
        if (sent.ContentHash is { } hash && !hash.AsSpan().SequenceEqual(step.ContentHash)) return "its hash is not that of what was sent";
        if (step.Fault is { } fault) return fault;
        return step.Samples == sent.Samples ? null : $"{sent.Samples} samples were sent, and {step.Samples} are stored";
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

    /// <summary>Behind those of the ledgers before.</summary>
    private sealed class ProgressFrom(long before, IProgress<long> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report(before + value);
    }
}
