using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Storage;

/// <summary>Telemetry in PostgreSQL: a call is one round trip and one commit.</summary>
/// <remarks>
/// Not gathered with others' as steps are: a gateway sends about once a second, and the site's lock, which keeps its positions in the order in which they
/// become visible, would make the sites of a shared commit wait for each other.
/// </remarks>
public sealed partial class TelemetryStore(
    StepCloudDatabase database, TelemetryPartitions partitions, IOptions<StorageOptions> options, TelemetryMetrics metrics, TimeProvider clock, ILogger<TelemetryStore> logger)
    : ITelemetryStore
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(50);

    public async Task<IReadOnlyList<TelemetryOutcome>> StoreAsync(
        StepOrigin origin, IReadOnlyList<TelemetryElement> elements, DateTimeOffset received, CancellationToken cancellationToken)
    {
        TelemetryOutcome?[] outcomes = new TelemetryOutcome?[elements.Count];
        Dictionary<TelemetryId, int> firsts = [];
        DateTimeOffset earliest = partitions.Earliest;
        for (int i = 0; i < elements.Count; i++)
        {
            if (elements[i].Id.Time < earliest) outcomes[i] = new TelemetryOutcome.Refused(TooOld(elements[i].Id));
            else firsts.TryAdd(elements[i].Id, i);
        }

        long began = clock.GetTimestamp();
        Dictionary<Guid, long> positions =
            firsts.Count == 0 ? [] : await CommitAsync(origin, [.. firsts.Values.Select(i => elements[i])], received, cancellationToken);
        int refused = outcomes.Count(outcome => outcome is not null);
        metrics.Refused(refused);
        if (firsts.Count > 0) metrics.Committed(clock.GetElapsedTime(began), elements.Count - refused, positions.Count);
        for (int i = 0; i < elements.Count; i++)
        {
            bool isNew = firsts.TryGetValue(elements[i].Id, out int first) && first == i;
            outcomes[i] ??= isNew && positions.TryGetValue(elements[i].Id.Value, out long position)
                ? new TelemetryOutcome.Stored(position)
                : TelemetryOutcome.AlreadyStored.Instance;
        }

        return outcomes!;
    }

    /// <summary>Commits, however often it takes while the database is away: what was committed without an answer is known by its ids.</summary>
    private async Task<Dictionary<Guid, long>> CommitAsync(
        StepOrigin origin, List<TelemetryElement> elements, DateTimeOffset received, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await partitions.EnsureAsync([.. elements.Select(element => TelemetryPartitions.DayOf(element.Id.Time)).Distinct()], cancellationToken);
                return await database.InsertAsync(new TelemetryInsert(origin, elements, received), cancellationToken);
            }
            catch (StorageException e) when (attempt == 0 && e.InnerException is PostgresException { SqlState: PostgresErrorCodes.CheckViolation })
            {
                // A partition that we knew was dropped, by another process or by hand: the next try makes it anew.
                partitions.Forget();
            }
            catch (StorageException e) when (e.IsTransient)
            {
                metrics.Retried();
                Log.NotCommitted(logger, elements.Count, attempt + 1, e);
                await Task.Delay(RetryDelay(attempt), clock, cancellationToken);
            }
        }
    }

    private Refusal TooOld(TelemetryId id) => new(
        RefusalCode.TimeTooOld,
        $"The time in /id ({id.Time:yyyy-MM-ddTHH:mm:ssZ}) is more than {options.Value.TelemetryKept.TotalDays} days ago: telemetry is not kept for longer. Send the step.");

    private TimeSpan RetryDelay(int attempt)
    {
        TimeSpan delay = FirstRetryDelay * Math.Pow(2, Math.Min(attempt, 20));
        return delay < options.Value.RetryDelayMax ? delay : options.Value.RetryDelayMax;
    }

    private static partial class Log
    {
        [LoggerMessage(3072, LogLevel.Error, "{Count} elements of telemetry could not be committed (try {Attempt}); nothing of them is acknowledged until they are")]
        public static partial void NotCommitted(ILogger logger, int count, int attempt, Exception exception);
    }
}
