using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Makes the daily partitions of telemetry, and drops those that have had their time.</summary>
public sealed partial class TelemetryPartitions(
    StepCloudDatabase database, IOptions<StorageOptions> options, TimeProvider clock, ILogger<TelemetryPartitions> logger)
{
    /// <summary>Days that have their partitions already: a gateway's clock may be two days ahead, and the keeper may miss some of its rounds.</summary>
    private const int DaysAhead = 4;

    private const string NameFormat = "yyyy_MM_dd";

    private readonly IdPartitions _partitions = new(database, "telemetry");

    /// <summary>Telemetry whose id is of an earlier time is not taken, and may be dropped.</summary>
    internal DateTimeOffset Earliest => clock.GetUtcNow() - options.Value.TelemetryKept;

    /// <summary>Makes those of the kept days and of the coming ones. To be called at start, and at least daily.</summary>
    public Task EnsureAheadAsync(CancellationToken cancellationToken)
    {
        DateOnly first = DayOf(Earliest), last = DayOf(clock.GetUtcNow()).AddDays(DaysAhead);
        return EnsureAsync([.. Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(first.AddDays)], cancellationToken);
    }

    /// <summary>Drops the days that are over for longer than telemetry is kept, each whole.</summary>
    public async Task DropOldAsync(CancellationToken cancellationToken)
    {
        DateOnly earliest = DayOf(Earliest);
        foreach (string suffix in await _partitions.ListAsync(cancellationToken))
        {
            if (DateOnly.ParseExact(suffix, NameFormat, CultureInfo.InvariantCulture) >= earliest) continue;
            if (!await DropAsync(suffix, cancellationToken)) continue;
            _partitions.Forget();
            Log.Dropped(logger, suffix);
        }
    }

    internal static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    internal Task EnsureAsync(IReadOnlyCollection<DateOnly> days, CancellationToken cancellationToken) =>
        _partitions.EnsureAsync([.. days.Select(RangeOf)], range => Log.Made(logger, range.Suffix), cancellationToken);

    /// <summary>Forgets which partitions there are: the database has said that one of them is missing.</summary>
    internal void Forget() => _partitions.Forget();

    private static IdRange RangeOf(DateOnly day) => new(day.ToString(NameFormat, CultureInfo.InvariantCulture), FirstId(day), FirstId(day.AddDays(1)));

    private static Guid FirstId(DateOnly day) => TelemetryId.Floor(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)).Value;

    /// <returns>False when another process was first.</returns>
    private Task<bool> DropAsync(string suffix, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            // The parent is locked for a moment, and everybody behind whoever waits for it: not for long, then, and again the next time.
            await session.ExecuteAsync(new Sql("SET LOCAL lock_timeout = '2s'"), cancellationToken);
            await session.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Partitions), cancellationToken);
            if (!await session.ScalarAsync<bool>(new Sql("SELECT to_regclass($1) IS NOT NULL", $"telemetry_{suffix}"), cancellationToken)) return false;
            // The highest position of each site in turn, which its index has at hand.
            await session.ExecuteAsync(
                new Sql(
                    $"""
                    UPDATE telemetry_forgotten SET up_to = greatest(up_to, (
                        SELECT max(last.position)
                        FROM site AS s CROSS JOIN LATERAL (SELECT max(t.position) AS position FROM telemetry_{suffix} AS t WHERE t.site_id = s.id) AS last))
                    """),
                cancellationToken);
            await session.ExecuteAsync(new Sql($"DROP TABLE telemetry_{suffix}"), cancellationToken);
            return true;
        },
        cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(3070, LogLevel.Information, "The partition of telemetry of {Day} was made")]
        public static partial void Made(ILogger logger, string day);

        [LoggerMessage(3071, LogLevel.Information, "The telemetry of {Day} was dropped: its time was over")]
        public static partial void Dropped(ILogger logger, string day);
    }
}
