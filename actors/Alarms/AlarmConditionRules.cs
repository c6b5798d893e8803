using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Alarms;

/// <summary>What a condition must be to mean something.</summary>
public static class AlarmConditionRules
{
    /// <summary>What happens within a minute of silence is the network's, not the device's or the gateway's.</summary>
    public const long SilenceMinS = 60;

    /// <summary>A week: a printer's longest job, and a shop's holiday.</summary>
    public const long ForMaxS = 7 * 24 * 3600;

    /// <summary>Which fields count for which subject, but for the bounds that one of them needs.</summary>
    private static readonly Dictionary<AlarmSubject, string[]> Fields = new()
    {
        [AlarmSubject.Series] = ["series", "unit", "above", "below", "hysteresis", "for_s"],
        [AlarmSubject.Setting] = ["pointer", "equals", "not_equals", "missing", "above", "below"],
        [AlarmSubject.Outcome] = ["outcome"],
        [AlarmSubject.State] = ["state", "for_s"],
        [AlarmSubject.Silence] = ["for_s"],
        [AlarmSubject.GatewaySilence] = ["for_s"],
    };

    /// <returns>The field that is wrong and what is wrong with it, in a sentence; null when nothing is.</returns>
    public static (string Field, string Detail)? Fault(AlarmCondition condition)
    {
        string subject = AlarmCondition.Name(condition.Subject);
        string[] counting = Fields[condition.Subject];
        if (Given(condition).FirstOrDefault(field => !counting.Contains(field)) is { } idle)
            return (idle, $"It means nothing to the condition {subject}, which knows: {string.Join(", ", counting)}.");
        return condition.Subject switch
        {
            AlarmSubject.Series => condition.Series is null ? ("series", "It is missing.") : BoundsFault(condition),
            AlarmSubject.Setting => SettingFault(condition),
            AlarmSubject.Outcome => condition.Outcome is null ? ("outcome", "It is missing.") : null,
            AlarmSubject.State => condition.State is null ? ("state", "It is missing.") : null,
            AlarmSubject.Silence or AlarmSubject.GatewaySilence => condition.ForS < SilenceMinS ? ("for_s", $"Silence is of {SilenceMinS} seconds or more.") : null,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static IEnumerable<string> Given(AlarmCondition condition)
    {
        if (condition.Series is not null) yield return "series";
        if (condition.Unit is not null) yield return "unit";
        if (condition.Above is not null) yield return "above";
        if (condition.Below is not null) yield return "below";
        if (condition.Hysteresis != 0) yield return "hysteresis";
        if (condition.ForS != 0) yield return "for_s";
        if (condition.Pointer is not null) yield return "pointer";
        if (condition.EqualTo is not null) yield return "equals";
        if (condition.NotEqualTo is not null) yield return "not_equals";
        if (condition.Missing) yield return "missing";
        if (condition.Outcome is not null) yield return "outcome";
        if (condition.State is not null) yield return "state";
    }

    private static (string, string)? BoundsFault(AlarmCondition condition) => condition switch
    {
        { Above: null, Below: null } => ("above", "Give `above`, `below`, or both."),
        { Above: { } above, Below: { } below } when below > above => ("below", "It must not be more than `above`: what is beyond one of both is outside."),
        // Otherwise no value would clear the alarm.
        { Above: { } above, Below: { } below } when below + condition.Hysteresis > above - condition.Hysteresis =>
            ("hysteresis", "It leaves nothing between `below` and `above`: at most half of what is between them."),
        _ => null,
    };

    private static (string, string)? SettingFault(AlarmCondition condition)
    {
        if (condition.Pointer is null) return ("pointer", "It is missing.");
        if (!SettingWatch.IsPointer(condition.Pointer)) return ("pointer", "It must be a JSON Pointer (RFC 6901) such as /exposure/time_s.");
        if (condition.Pointer.Count(c => c == '/') > StepLimits.SettingsDepthMax) return ("pointer", $"Settings are {StepLimits.SettingsDepthMax} levels deep at most.");
        bool hasBounds = condition.Above is not null || condition.Below is not null;
        int tests = (condition.EqualTo is not null ? 1 : 0) + (condition.NotEqualTo is not null ? 1 : 0) + (condition.Missing ? 1 : 0) + (hasBounds ? 1 : 0);
        if (tests != 1) return ("equals", "Give one of `equals`, `not_equals`, `missing`, and bounds (`above`, `below`).");
        return hasBounds ? BoundsFault(condition) : null;
    }
}
