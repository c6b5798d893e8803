using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Retention;

/// <summary>Takes away what the organizations' rules say, month by month.</summary>
public sealed partial class RetentionRun(StepCloudDatabase database, StepPartitions partitions, TimeProvider clock, ILogger<RetentionRun> logger)
{
    /// <summary>Single late steps of an old month wait for others for so long, since all of the month is written anew for them.</summary>
    private static readonly TimeSpan SameMonthAgain = TimeSpan.FromDays(7);

    /// <summary>What would be taken away now, of one organization or of all. A step whose month was written anew within the last week may wait for that week to end.</summary>
    public async Task<IReadOnlyList<TakenSteps>> PreviewAsync(OrganizationId? organization, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        List<TakenSteps> all = [];
        DateTimeOffset now = clock.GetUtcNow();
        foreach (StepMonth month in await MonthsAsync(organization, now, DateTimeOffset.MaxValue, cancellationToken))
        {
            progress?.Report(month.Text);
            all.AddRange(await database.ReadAsync(
                session => session.WaitAsLongAsItTakes().ListAsync(
                    DueSteps.With($"WITH due AS ({DueSteps.Select(month)}) {DueSteps.Sum}", now, month, organization), row => DueSteps.ReadSum(row, month), cancellationToken),
                cancellationToken));
        }

        return all;
    }

    /// <summary>Takes away what is due. A month that cannot be done keeps no other from its turn.</summary>
    public async Task<RetentionResult> RunAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        List<TakenSteps> all = [];
        List<string> postponed = [];
        DateTimeOffset now = clock.GetUtcNow();
        foreach (StepMonth month in await MonthsAsync(null, now, now - SameMonthAgain, cancellationToken))
        {
            progress?.Report(month.Text);
            IReadOnlyList<TakenSteps>? taken = await TryAsync(month, now, cancellationToken);
            if (taken is null) postponed.Add(month.Text);
            foreach (TakenSteps of in taken ?? []) Log.Taken(logger, of.Month, of.Organization.Value, of.Thinned, of.Dropped);
            all.AddRange(taken ?? []);
        }

        return new RetentionResult(all, postponed);
    }

    private async Task<IReadOnlyList<TakenSteps>?> TryAsync(StepMonth month, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<TakenSteps>? taken = await database.InTransactionAsync(
                async session => await session.ScalarAsync<bool>(new Sql("SELECT pg_try_advisory_xact_lock($1)", AdvisoryLocks.RetentionRun), cancellationToken)
                    ? await new MonthRewrite(session, month, now, clock).RunAsync(cancellationToken)
                    : null,
                cancellationToken);
            if (taken is null) Log.Postponed(logger, month.Text);
            return taken;
        }
        catch (StorageException e)
        {
            Log.Failed(logger, month.Text, e);
            return null;
        }
    }

    /// <summary>The months there are of which a rule wants something, those that were written anew lately left out.</summary>
    private async Task<List<StepMonth>> MonthsAsync(OrganizationId? organization, DateTimeOffset now, DateTimeOffset notDoneSince, CancellationToken cancellationToken)
    {
        List<(int? Months, int? Years)> rules = await database.ListAsync(
            new Sql("SELECT min(series_months), min(steps_years) FROM retention_rule WHERE $1::uuid IS NULL OR organization_id = $1", organization?.Value),
            row => (row.IsDBNull(0) ? (int?)null : row.GetInt32(0), row.IsDBNull(1) ? (int?)null : row.GetInt32(1)), cancellationToken);
        if (rules is not [var (months, years)] || (months is null && years is null)) return [];
        HashSet<StepMonth> done = [.. await database.ListAsync(
            new Sql("SELECT month FROM retention_month WHERE done_at > $1", notDoneSince), row => StepMonth.Of(new DateTimeOffset(row.GetDateTime(0), TimeSpan.Zero)), cancellationToken)];
        return [.. (await partitions.ListAsync(cancellationToken)).Where(month => !done.Contains(month)
            && ((months is { } m && month.Next.Start.AddMonths(m) <= now) || (years is { } y && month.Next.Start.AddYears(y) <= now))).OrderBy(month => month.Start)];
    }

    private static partial class Log
    {
        [LoggerMessage(3065, LogLevel.Information, "Of the steps of {Month}, organization {Organization}: {Thinned} lost their samples and {Dropped} are gone, as its rules say")]
        public static partial void Taken(ILogger logger, string month, Guid organization, long thinned, long dropped);

        [LoggerMessage(3067, LogLevel.Warning, "What is due of the steps of {Month} was not taken away: the tables were never free, the rules or holds were changed, or another process was at it. The next try is the next run")]
        public static partial void Postponed(ILogger logger, string month);

        [LoggerMessage(3068, LogLevel.Error, "What is due of the steps of {Month} could not be taken away; nothing is changed, and the next try is the next run")]
        public static partial void Failed(ILogger logger, string month, Exception exception);
    }
}

/// <param name="Postponed">Months of which something may be due that was not taken: the log says why.</param>
public sealed record RetentionResult(IReadOnlyList<TakenSteps> Taken, IReadOnlyList<string> Postponed);
