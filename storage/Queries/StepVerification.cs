using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Retention;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>Reads stored steps whole and holds them against their hashes: what was altered in the database is found.</summary>
/// <remarks>A step that is gone altogether, or whose hash was made anew, is not: the hashes are in no chain.</remarks>
public sealed class StepVerification(StepCloudDatabase database, StepQueries steps, SeriesQueries series)
{
    private const int StepsPerRead = 200;

    /// <summary>Named at most; all are counted.</summary>
    private const int BrokenNamedMax = 1000;

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
            List<(StepId Step, OrganizationId Organization)> page = await database.ListAsync(
                new Sql(
                    $"SELECT id, organization_id FROM step_event WHERE id > $1 AND ($2::uuid IS NULL OR organization_id = $2) ORDER BY id LIMIT {StepsPerRead}",
                    after ?? Guid.Empty, organization?.Value),
                row => (new StepId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1))), cancellationToken);
            foreach ((StepId step, OrganizationId of) in page)
            {
                looked++;
                if (await FaultOfAsync(of, step, thinned, cancellationToken) is not { } fault) continue;
                brokenCount++;
                if (broken.Count < BrokenNamedMax) broken.Add(new BrokenStep(of, step, fault));
            }

            progress.Report(looked);
            if (page.Count < StepsPerRead) return new StepsVerdict(looked, thinned.Count, brokenCount, broken);
            after = page[^1].Step.Value;
        }
    }

    /// <summary>What is wrong with one step; null when it is as it came, or was thinned as the audit says.</summary>
    public Task<string?> FaultOfAsync(OrganizationId organization, StepId id, CancellationToken cancellationToken) =>
        FaultOfAsync(organization, id, new ThinnedSteps(database), cancellationToken);

    private async Task<string?> FaultOfAsync(OrganizationId organization, StepId id, ThinnedSteps thinned, CancellationToken cancellationToken)
    {
        WholeStep? whole;
        try
        {
            whole = await steps.FindAsync(organization, id, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            return $"its samples cannot be read: {e.Message}";
        }

        if (whole is null) return "it is gone since it was listed";
        StepRow row = whole.Step;
        bool isThinned = whole.Series.Any(series => series.IsThinned);
        if (isThinned) return await thinned.FaultOfAsync(organization, id, cancellationToken) ?? FaultOfCounts(whole, isThinned);
        StepEvent step = new(row.Id, row.Device, row.Kind, row.Started, row.Ended, row.Label, row.SettingsJson, whole.Series, whole.Logs)
        {
            Outcome = row.Outcome, Job = row.Job, Sequence = row.Sequence,
        };
        if (!ContentHash.Of(step).AsSpan().SequenceEqual(row.ContentHash)) return "it is not what its hash was made of";
        if (FaultOfCounts(whole, isThinned) is { } miscounted) return miscounted;

        // What charts and lists read in the place of the samples.
        List<SeriesAggregates> stored = await series.ListByStepAsync(id, cancellationToken);
        return stored.Zip(whole.Series).All(pair => pair.First.Samples == AggregatesOf(pair.Second)) ? null : "the aggregates of a series are not those of its samples";
    }

    private static string? FaultOfCounts(WholeStep whole, bool isThinned) =>
        (whole.Step.SeriesCount, whole.Step.LogCount) != (whole.Series.Count, whole.Logs.Count)
        || (!isThinned && whole.Step.SampleCount != whole.Series.Sum(one => one.Values.Length))
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

/// <param name="Thinned">Steps whose samples were taken away by their organization's rules, so that their hashes can be held against nothing here.</param>
/// <param name="Broken">Of them the first thousand; <paramref name="BrokenCount"/> is of all.</param>
public sealed record StepsVerdict(long Steps, long Thinned, long BrokenCount, IReadOnlyList<BrokenStep> Broken);

/// <param name="Fault">For a person.</param>
public sealed record BrokenStep(OrganizationId Organization, StepId Step, string Fault);
