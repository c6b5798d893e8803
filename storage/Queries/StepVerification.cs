using System.Runtime.CompilerServices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Retention;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>Reads stored steps whole and holds them against their hashes: what was altered in the database is found.</summary>
/// <remarks>A step that is gone altogether, or whose hash was made anew, is not: the hashes are in no chain.</remarks>
public sealed class StepVerification(StepCloudDatabase database)
{
    private const int StepsPerPage = 200;

    /// <summary>Named at most; all are counted.</summary>
    private const int BrokenNamedMax = 1000;

    private const string Gone = "it is gone since it was listed";

    private readonly StoredSteps _stored = new(database);

    /// <param name="organization">Null for all.</param>
    /// <param name="progress">Told how many were looked at.</param>
    public async Task<StepsVerdict> VerifyAsync(OrganizationId? organization, IProgress<long> progress, CancellationToken cancellationToken)
    {
        ThinnedSteps thinned = new(database);
        long looked = 0;
        long brokenCount = 0;
        List<BrokenStep> broken = [];
        for (Guid? after = null; ;)
        {
            List<(StepId Step, int Samples, OrganizationId Organization)> page = await database.ListAsync(
                new Sql(
                    $"SELECT id, sample_count, organization_id FROM step_event WHERE id > $1 AND ($2::uuid IS NULL OR organization_id = $2) ORDER BY id LIMIT {StepsPerPage}",
                    after ?? Guid.Empty, organization?.Value),
                row => (new StepId(row.GetGuid(0)), row.GetInt32(1), new OrganizationId(row.GetGuid(2))), cancellationToken);
            Dictionary<StepId, string?> faults = page.ToDictionary(listed => listed.Step, _ => (string?)Gone);
            await foreach (VerifiedStep step in VerifyAsync(page.Select(listed => (listed.Step, listed.Samples)), thinned, cancellationToken)) faults[step.Id] = step.Fault;
            foreach ((StepId step, _, OrganizationId of) in page)
            {
                looked++;
                if (faults[step] is not { } fault) continue;
                brokenCount++;
                if (broken.Count < BrokenNamedMax) broken.Add(new BrokenStep(of, step, fault));
            }

            progress.Report(looked);
            if (page.Count < StepsPerPage) return new StepsVerdict(looked, thinned.Count, brokenCount, broken);
            after = page[^1].Step.Value;
        }
    }

    /// <summary>For steps of several gateways that are looked at one after the other.</summary>
    public ThinnedSteps CountThinned() => new(database);

    /// <summary>All steps of a gateway, in the order of their ids: what a ledger is held against.</summary>
    /// <remarks>Those that come or go while it reads may be told or not.</remarks>
    /// <param name="thinned">Of all gateways that are looked at together.</param>
    public async IAsyncEnumerable<VerifiedStep> VerifyByGatewayAsync(GatewayId gateway, ThinnedSteps thinned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<(StepId Step, int Samples)> listed = await database.ReadAsync(
            session => session.WaitAsLongAsItTakes().ListAsync(
                new Sql("SELECT id, sample_count FROM step_event WHERE gateway_id = $1 ORDER BY id", gateway.Value),
                row => (new StepId(row.GetGuid(0)), row.GetInt32(1)), cancellationToken),
            cancellationToken);
        await foreach (VerifiedStep step in VerifyAsync(listed, thinned, cancellationToken)) yield return step;
    }

    /// <summary>What is wrong with one step; null when it is as it came, or was thinned as the audit says.</summary>
    public async Task<string?> FaultOfAsync(OrganizationId organization, StepId id, CancellationToken cancellationToken) =>
        await _stored.ReadAsync([id], cancellationToken) is [var stored] && stored.Organization == organization
            ? (await VerifyAsync(stored, new ThinnedSteps(database), cancellationToken))?.Fault
            : Gone;

    /// <summary>Those of the listed ones that are there.</summary>
    private async IAsyncEnumerable<VerifiedStep> VerifyAsync(
        IEnumerable<(StepId, int)> listed, ThinnedSteps thinned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (IReadOnlyList<StepId> steps in StoredSteps.InReads(listed))
        {
            foreach (StoredStep stored in await _stored.ReadAsync(steps, cancellationToken))
            {
                if (await VerifyAsync(stored, thinned, cancellationToken) is { } verified) yield return verified;
            }
        }
    }

    /// <returns>Null when it is gone.</returns>
    private async Task<VerifiedStep?> VerifyAsync(StoredStep read, ThinnedSteps thinned, CancellationToken cancellationToken)
    {
        StoredStep step = read;
        string? fault = FaultOf(step);
        if (fault is not null)
        {
            // Looked at once more before it is a fault: retention may have come between the statements that read it.
            if (await _stored.ReadAsync([step.Row.Id], cancellationToken) is not [var again]) return null;
            (step, fault) = (again, FaultOf(again));
        }

        if (step.IsThinned) fault = await thinned.FaultOfAsync(step.Organization, step.Row.Id, cancellationToken) ?? fault;
        return new VerifiedStep(step.Row.Id, step.Row.Device, step.Position, step.Samples, step.Row.ContentHash, step.IsThinned, fault);
    }

    private static string? FaultOf(StoredStep stored)
    {
        StepRow row = stored.Row;
        if (stored.Series.FirstOrDefault(series => series.Unreadable is not null) is { } unreadable) return $"its samples cannot be read: {unreadable.Unreadable}";
        if (stored.IsThinned) return FaultOfCounts(stored);
        StepEvent step = new(row.Id, row.Device, row.Kind, row.Started, row.Ended, row.Label, row.SettingsJson, [.. stored.Series.Select(one => one.Series)], stored.Logs)
        {
            Outcome = row.Outcome, Job = row.Job, Sequence = row.Sequence,
        };
        if (!ContentHash.Of(step).AsSpan().SequenceEqual(row.ContentHash)) return "it is not what its hash was made of";
        // What charts and lists read in the place of the samples.
        return FaultOfCounts(stored)
            ?? (stored.Series.All(one => one.Aggregates.Samples == AggregatesOf(one.Series)) ? null : "the aggregates of a series are not those of its samples");
    }

    private static string? FaultOfCounts(StoredStep stored) =>
        (stored.Row.SeriesCount, stored.Row.LogCount) != (stored.Series.Count, stored.Logs.Count) || (!stored.IsThinned && stored.Row.SampleCount != stored.Samples)
            ? "its counts are not those of its series, logs and samples"
            : null;

    private static SampleAggregates? AggregatesOf(StepSeries series)
    {
        EncodedSeries encoded = SeriesCodec.Encode(series.TimesMicroseconds, series.Values);
        (SeriesSummary summary, SeriesStatistics statistics) = (encoded.Summary, encoded.Statistics);
        return summary.Count == 0
            ? null
            : new SampleAggregates(
                summary.FirstTime, summary.First, summary.LastTime, summary.Last, summary.MinTime, summary.Min, summary.MaxTime, summary.Max,
                summary.Mean, statistics.P05, statistics.P50, statistics.P95, statistics.Interval);
    }
}

/// <summary>A stored step, read whole.</summary>
/// <param name="Position">Ascends in the order of the commits.</param>
/// <param name="Samples">In all of its series.</param>
/// <param name="ContentHash">As it is stored.</param>
/// <param name="IsThinned">Its samples were taken away, so that its hash can be held against nothing here.</param>
/// <param name="Fault">For a person; null when what is stored is what its hash was made of, or was thinned as the audit says.</param>
public sealed record VerifiedStep(StepId Id, DeviceId Device, long Position, long Samples, byte[] ContentHash, bool IsThinned, string? Fault);

/// <param name="Thinned">Steps whose samples were taken away by their organization's rules, so that their hashes can be held against nothing here.</param>
/// <param name="Broken">Of them the first thousand; <paramref name="BrokenCount"/> is of all.</param>
public sealed record StepsVerdict(long Steps, long Thinned, long BrokenCount, IReadOnlyList<BrokenStep> Broken);

/// <param name="Fault">For a person.</param>
public sealed record BrokenStep(OrganizationId Organization, StepId Step, string Fault);
