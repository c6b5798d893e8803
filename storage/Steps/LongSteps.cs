namespace StepCloud.Storage;

/// <summary>Steps of more than an hour: few, and looked for further around than the many short ones (adr/0007).</summary>
internal static class LongSteps
{
    /// <summary>Longer than this is long. The indices of migration 0018 have the same hour.</summary>
    public static readonly TimeSpan Min = TimeSpan.FromHours(1);

    /// <summary>The condition of the index over `step_event`, word by word: the planner takes no other for it.</summary>
    public const string Condition = "ended - started > interval '1 hour'";
}
