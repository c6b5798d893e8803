using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>The alarms that are open, inside one transaction: what a verdict makes of them.</summary>
internal sealed class OpenAlarms(DatabaseSession transaction, OrganizationId organization, DateTimeOffset now)
{
    private readonly Dictionary<(AlarmRuleId Rule, WatchedThing Of), OpenAlarm> _open = [];
    private readonly AlarmNotices _notices = new(transaction, organization, now);
    private int _raised;

    public async Task LoadAsync(IEnumerable<WatchedThing> things, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. things.Select(thing => thing.Id).Distinct()];
        List<OpenAlarm> open = await transaction.ListAsync(
            new Sql($"SELECT {OpenAlarm.Columns} FROM alarm AS a WHERE (a.device_id = ANY ($1) OR a.gateway_id = ANY ($1)) AND a.cleared_at IS NULL", ids),
            OpenAlarm.Read, cancellationToken);
        foreach (OpenAlarm alarm in open) _open[(alarm.Rule, alarm.Of)] = alarm;
    }

    public bool IsOpen(AlarmRuleId rule, WatchedThing of) => _open.ContainsKey((rule, of));

    /// <summary>Raises, clears, or leaves as it is. What came late raises an alarm but does not clear one: that was found by something newer.</summary>
    public async Task ApplyAsync(ActiveRule rule, AlarmSource source, AlarmVerdict verdict, CancellationToken cancellationToken)
    {
        if (_open.TryGetValue((rule.Id, source.Of), out OpenAlarm? alarm))
        {
            if (source.IsLate && verdict.Raised is { } seen) await AddEventAsync(alarm, AlarmWords.SeenLate, seen, source.Step, cancellationToken);
            if (source.IsLate) return;
        }
        else if (verdict.Raised is { } raised)
        {
            alarm = await RaiseAsync(rule, source, raised, cancellationToken);
        }

        if (alarm is not null && verdict is { IsOpen: false, Cleared: { } cleared }) await ClearAsync(alarm, cleared, source.By, source.Step, cancellationToken);
    }

    public async Task ClearAsync(OpenAlarm alarm, AlarmMoment moment, string by, StepId? step, CancellationToken cancellationToken)
    {
        int cleared = await transaction.ExecuteAsync(
            new Sql(
                "UPDATE alarm SET cleared_at = $2, cleared_received = $3, cleared_by = $4, cleared_step_id = $5 WHERE id = $1 AND cleared_at IS NULL",
                alarm.Id.Value, moment.At, now, by, step?.Value),
            cancellationToken);
        _open.Remove((alarm.Rule, alarm.Of));
        // Its rule, device or gateway went out of use since it was read here, which has cleared it.
        if (cleared == 0) return;
        await AddEventAsync(alarm, AlarmWords.Cleared, moment, step, cancellationToken);
        await _notices.QueueAsync(alarm, AlarmWords.Cleared, cancellationToken);
    }

    private async Task<OpenAlarm> RaiseAsync(ActiveRule rule, AlarmSource source, AlarmMoment moment, CancellationToken cancellationToken)
    {
        OpenAlarm alarm = new(NextId(), rule.Id, source.Of, source.Site, rule.Severity);
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO alarm (
                    id, organization_id, site_id, device_id, gateway_id, rule_id, rule_version, rule_name, severity, condition, raised_at, raised_received, is_late, value,
                    step_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11, $12, $13, $14::json, $15)
                """,
                alarm.Id.Value, organization.Value, source.Site.Value, source.Of.Device, source.Of.Gateway, rule.Id.Value, rule.Version, rule.Name, rule.Severity,
                rule.Condition.ToJson(), moment.At, now, source.IsLate, moment.Value, source.Step?.Value),
            cancellationToken);
        _open.Add((rule.Id, source.Of), alarm);
        await AddEventAsync(alarm, AlarmWords.Raised, moment, source.Step, cancellationToken);
        await _notices.QueueAsync(alarm, AlarmWords.Raised, cancellationToken);
        return alarm;
    }

    /// <summary>In the order of their raising, although all are of one moment: the 12 bits behind the time count (RFC 9562 §6.2, method 1).</summary>
    private AlarmId NextId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(now.AddMilliseconds(_raised >> 12)).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = (byte)(0x70 | ((_raised >> 8) & 0xF));
        bytes[7] = (byte)_raised;
        _raised++;
        return new AlarmId(new Guid(bytes, bigEndian: true));
    }

    private async Task AddEventAsync(OpenAlarm alarm, string kind, AlarmMoment moment, StepId? step, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            new Sql(
                "INSERT INTO alarm_event (alarm_id, kind, at, at_device, value, step_id) VALUES ($1, $2, $3, $4, $5::json, $6)",
                alarm.Id.Value, kind, now, moment.At, moment.Value, step?.Value),
            cancellationToken);
}

/// <summary>An alarm that was not cleared yet.</summary>
internal sealed record OpenAlarm(AlarmId Id, AlarmRuleId Rule, WatchedThing Of, SiteId Site, string Severity)
{
    /// <summary>Of `alarm AS a`.</summary>
    public const string Columns = "a.id, a.rule_id, coalesce(a.device_id, a.gateway_id), a.gateway_id IS NOT NULL, a.site_id, a.severity";

    public static OpenAlarm Read(NpgsqlDataReader row) => new(
        new AlarmId(row.GetGuid(0)), new AlarmRuleId(row.GetGuid(1)), new WatchedThing(row.GetGuid(2), row.GetBoolean(3)), new SiteId(row.GetGuid(4)), row.GetString(5));
}
