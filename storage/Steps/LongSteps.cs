using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>Steps of more than an hour: few, and looked for further around than the many short ones (adr/0007).</summary>
internal static class LongSteps
{
    /// <summary>Longer than this is long. The indices of migration 0018 have the same hour.</summary>
    public static readonly TimeSpan Min = TimeSpan.FromHours(1);

    /// <summary>The condition of the index over `step_event`, word by word: the planner takes no other for it.</summary>
    public const string Condition = "ended - started > interval '1 hour'";

    /// <summary>When the first sample of a series was taken.</summary>
    public static DateTimeOffset StartOf(StepEvent step, SeriesSummary series) => At(step, series.FirstTime);

    /// <summary>Whether the step with all samples of the series is long.</summary>
    public static bool Is(StepEvent step, SeriesSummary series) =>
        Later(step.Ended, At(step, series.LastTime)) - Earlier(step.Started, StartOf(step, series)) > Min;

    private static DateTimeOffset At(StepEvent step, long microseconds) =>
        step.Started.ToUniversalTime().AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
