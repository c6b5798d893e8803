using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Makes the monthly partitions of the step tables: ahead of time, and for late steps when they come.</summary>
public sealed partial class StepPartitions(StepCloudDatabase database, TimeProvider clock, ILogger<StepPartitions> logger)
{
    /// <summary>How many months after this one have their partitions already: an installation may be left alone for that long.</summary>
    private const int MonthsAhead = 3;

    internal const string LikeParent =
        "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION";

    private static readonly string[] Tables = ["step_event", "step_series", "step_log"];

    private readonly ConcurrentDictionary<StepMonth, bool> _known = new();

    /// <summary>Makes last month's to the third month's from now. To be called at start, and daily.</summary>
    public Task EnsureAheadAsync(CancellationToken cancellationToken)
    {
        StepMonth thisMonth = StepMonth.Of(clock.GetUtcNow());
        return EnsureAsync([.. Enumerable.Range(-1, MonthsAhead + 2).Select(thisMonth.Plus)], cancellationToken);
    }

    /// <summary>True when steps of that month are believable at all. A bound on the tables that a gateway with a wild clock could cause.</summary>
    internal bool IsBelievable(StepMonth month) =>
        month.Start <= clock.GetUtcNow() + StepLimits.ClockAheadMax + StepLimits.IdTimeToleranceMax
        && month.Next.Start > StepLimits.EarliestTime - StepLimits.IdTimeToleranceMax;

    internal async Task EnsureAsync(IReadOnlyCollection<StepMonth> months, CancellationToken cancellationToken)
    {
        if (months.All(_known.ContainsKey))
            return;

        foreach (StepMonth month in await ExistingAsync(cancellationToken))
            _known[month] = true;
        foreach (StepMonth month in months.Where(month => !_known.ContainsKey(month)))
        {
            if (await MakeAsync(month, cancellationToken))
                Log.Made(logger, month);
            _known[month] = true;
        }
    }

    /// <summary>The months that have partitions.</summary>
    internal Task<List<StepMonth>> ListAsync(CancellationToken cancellationToken) => ExistingAsync(cancellationToken);

    /// <summary>Forgets which partitions there are: the database has said that one of them is missing.</summary>
    internal void Forget() => _known.Clear();

    private Task<List<StepMonth>> ExistingAsync(CancellationToken cancellationToken) =>
        database.ListAsync(
            // The last of a month's tables: they are made together.
            new Sql("SELECT right(inhrelid::regclass::text, 7) FROM pg_inherits WHERE inhparent = 'step_log'::regclass"),
            row => StepMonth.Parse(row.GetString(0)),
            cancellationToken);

    /// <returns>False when another process was first.</returns>
    private Task<bool> MakeAsync(StepMonth month, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async session =>
            {
                await session.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Partitions), cancellationToken);
                if (await session.ScalarAsync<bool>(new Sql("SELECT to_regclass($1) IS NOT NULL", $"step_log_{month}"), cancellationToken))
                    return false;

                // CREATE TABLE ... PARTITION OF would lock the parent against its readers and writers; ATTACH PARTITION does not.
                foreach (string table in Tables)
                {
                    string partition = $"{table}_{month}";
                    await session.ExecuteAsync(new Sql($"CREATE TABLE {partition} (LIKE {table} {LikeParent})"), cancellationToken);
                    await session.ExecuteAsync(
                        new Sql($"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ('{month.FirstId}') TO ('{month.Next.FirstId}')"),
                        cancellationToken);
                }

                return true;
            },
            cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(3040, LogLevel.Information, "The partitions of steps of {Month} were made")]
        public static partial void Made(ILogger logger, StepMonth month);
    }
}
