using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>An alarm.</summary>
/// <param name="Device">What it is of; null when it is of a gateway.</param>
/// <param name="Gateway">What it is of; null when it is of a device.</param>
/// <param name="Rule">What raised it: `rule_version`, `rule_name`, `severity` and `condition` are as they were then.</param>
/// <param name="State">`raised`, `acknowledged` or `cleared`; a cleared one may still have to be acknowledged.</param>
/// <param name="RaisedAt">By the clock of what raised it: a gateway's for a step, the server's for a state and for silence.</param>
/// <param name="RaisedReceived">By the server's clock.</param>
/// <param name="Late">What raised it came after newer steps of its device.</param>
/// <param name="Value">What was found: a number, a setting, an outcome, a state; null for nothing, as for silence.</param>
/// <param name="Step">The step that raised it.</param>
/// <param name="ClearedBy">`step`, `state`, or `rule` when the rule, the device or the gateway went out of use.</param>
public sealed record AlarmResponse(
    AlarmId Id, SiteId Site, DeviceId? Device, GatewayId? Gateway, AlarmRuleId Rule, long RuleVersion, string RuleName, string Severity, RawJson Condition, string State,
    DateTimeOffset RaisedAt, DateTimeOffset RaisedReceived, bool Late, RawJson Value, StepId? Step,
    DateTimeOffset? AcknowledgedAt, UserId? AcknowledgedBy, string? AcknowledgeNote,
    DateTimeOffset? ClearedAt, DateTimeOffset? ClearedReceived, string? ClearedBy, StepId? ClearedStep)
{
    public static AlarmResponse Of(AlarmRow row) => new(
        row.Id, row.Site, row.Device, row.Gateway, row.Rule, row.RuleVersion, row.RuleName, row.Severity, new RawJson(row.Condition), row.State,
        row.RaisedAt, row.RaisedReceived, row.IsLate, new RawJson(row.Value ?? "null"), row.Step,
        row.AcknowledgedAt, row.AcknowledgedBy, row.AcknowledgeNote, row.ClearedAt, row.ClearedReceived, row.ClearedBy, row.ClearedStep);
}

/// <param name="Events">In order; the first 1000.</param>
public sealed record AlarmHistory(AlarmResponse Alarm, IReadOnlyList<AlarmEventResponse> Events);

/// <param name="Kind">`raised`, `seen_late` (a step that came late would have raised it), `cleared` or `acknowledged`.</param>
/// <param name="At">By the server's clock.</param>
/// <param name="AtDevice">By the clock of what it came from.</param>
/// <param name="User">Who acknowledged it.</param>
public sealed record AlarmEventResponse(string Kind, DateTimeOffset At, DateTimeOffset? AtDevice, RawJson Value, StepId? Step, UserId? User, string? Note)
{
    public static AlarmEventResponse Of(AlarmEventRow row) => new(
        row.Kind, row.At, row.AtDevice, new RawJson(row.Value ?? "null"), row.Step, row.User, row.Note);
}
