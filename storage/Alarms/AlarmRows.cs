using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>A rule in use, as it is held against what comes.</summary>
/// <param name="Model">Null for a rule of a device, or of gateways.</param>
/// <param name="Gateway">Null for a rule of devices, or of all gateways.</param>
/// <param name="ActiveSince">What was received earlier is not its business.</param>
internal sealed record ActiveRule(
    AlarmRuleId Id, long Version, string Name, string Severity, Guid? Model, Guid? Device, Guid? Gateway, DateTimeOffset ActiveSince, AlarmCondition Condition)
{
    public bool IsFor(Guid device, Guid model) => Device is { } one ? one == device : Model == model;

    public bool IsFor(GatewayId gateway) => Gateway is null || Gateway == gateway.Value;

    /// <summary>When what is so since then has been so for long enough. A rule looks at nothing that was before it.</summary>
    public DateTimeOffset DueAt(DateTimeOffset since) => (since > ActiveSince ? since : ActiveSince).AddSeconds(Condition.ForS);
}

/// <summary>What something that came means for a rule.</summary>
/// <param name="Raised">When, by the clock of what it came from, and what was found (JSON).</param>
/// <param name="IsOpen">Whether the condition holds after it.</param>
internal sealed record AlarmVerdict(AlarmMoment? Raised, AlarmMoment? Cleared, bool IsOpen)
{
    /// <summary>Of something that holds or does not, as a whole.</summary>
    public static AlarmVerdict Of(bool holds, AlarmMoment moment) => holds ? new AlarmVerdict(moment, null, true) : new AlarmVerdict(null, moment, false);
}

/// <param name="Value">JSON; null for nothing to tell.</param>
internal sealed record AlarmMoment(DateTimeOffset At, string? Value);

/// <summary>Where something came from.</summary>
/// <param name="By">One of <see cref="AlarmWords"/>: what ends an alarm.</param>
internal sealed record AlarmSource(SiteId Site, WatchedThing Of, string By, StepId? Step, bool IsLate);

/// <summary>Words that are stored and shown.</summary>
public static class AlarmWords
{
    public const string Raised = "raised";
    public const string Acknowledged = "acknowledged";
    public const string Cleared = "cleared";
    public const string SeenLate = "seen_late";

    public const string ByStep = "step";
    public const string ByState = "state";

    /// <summary>The rule is out of use, or its device or gateway.</summary>
    public const string ByRule = "rule";

    public static readonly string[] States = [Raised, Acknowledged, Cleared];
    public static readonly string[] Severities = ["info", "warning", "critical"];
}
