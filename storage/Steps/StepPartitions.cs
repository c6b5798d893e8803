using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Makes the monthly partitions of the step tables: ahead of time, and for late steps when they come.</summary>
public sealed partial class StepPartitions(StepCloudDatabase database, TimeProvider clock, ILogger<StepPartitions> logger)
{
    /// <summary>How many months after this one have their partitions already: an installation may be left alone for that long.</summary>
    private const int MonthsAhead = 3;

    private readonly IdPartitions _partitions = new(database, "step_event", "step_series", "step_log");

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

    internal Task EnsureAsync(IReadOnlyCollection<StepMonth> months, CancellationToken cancellationToken) => _partitions.EnsureAsync(
        [.. months.Select(month => new IdRange(month.ToString(), month.FirstId.Value, month.Next.FirstId.Value))],
        range => Log.Made(logger, range.Suffix), cancellationToken);

    /// <summary>Forgets which partitions there are: the database has said that one of them is missing.</summary>
    internal void Forget() => _partitions.Forget();

    private static partial class Log
    {
        [LoggerMessage(3040, LogLevel.Information, "The partitions of steps of {Month} were made")]
        public static partial void Made(ILogger logger, string month);
    }
}
