using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Queues what an organization's channels are told of an alarm, in the transaction of the alarm.</summary>
/// <remarks>
/// Of one rule and device, or gateway, a channel is told at most once a minute. What comes sooner waits for the minute's end, and only the newest of it is told,
/// with the number of those that it stands for.
/// </remarks>
internal sealed class AlarmNotices(DatabaseSession transaction, OrganizationId organization, DateTimeOffset now)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private List<Channel>? _channels;

    /// <param name="kind">Raised or cleared.</param>
    public async Task QueueAsync(OpenAlarm alarm, string kind, CancellationToken cancellationToken)
    {
        _channels ??= await ListChannelsAsync(cancellationToken);
        string? told = null;
        foreach (Channel channel in _channels.Where(channel => channel.IsFor(alarm)))
            await QueueAsync(channel, alarm, $"alarm.{kind}", told ??= await DescribeAsync(alarm, cancellationToken), cancellationToken);
    }

    /// <summary>The JSON that a webhook gets, and a mail is made of.</summary>
    public static string Body(Guid delivery, string happened, DateTimeOffset at, OrganizationId organization, int suppressed, string? alarm) => new JsonObject
    {
        ["id"] = delivery.ToString("D"),
        ["event"] = happened,
        ["created_at"] = at,
        ["organization"] = organization.ToString(),
        ["suppressed"] = suppressed,
        ["alarm"] = alarm is null ? null : JsonNode.Parse(alarm),
    }.ToJsonString();

    private async Task QueueAsync(Channel channel, OpenAlarm alarm, string happened, string told, CancellationToken cancellationToken)
    {
        List<Last> lasts = await transaction.ListAsync(
            new Sql(
                """
                SELECT id, due_at, state = 'pending' AND attempts = 0 AND due_at > $4, suppressed FROM alarm_delivery
                WHERE channel_id = $1 AND rule_id = $2 AND coalesce(device_id, gateway_id) = $3 ORDER BY due_at DESC LIMIT 1
                """,
                channel.Id, alarm.Rule.Value, alarm.Of.Id, now),
            row => new Last(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetBoolean(2), row.GetInt32(3)), cancellationToken);
        // Not one that was taken for sending meanwhile: then this is another one.
        if (lasts is [{ IsWaiting: true } waiting]
            && await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE alarm_delivery SET alarm_id = $2, event = $3, body = $4, suppressed = $5 WHERE id = $1 AND state = 'pending' AND attempts = 0",
                    waiting.Id, alarm.Id.Value, happened, Body(waiting.Id, happened, now, organization, waiting.Suppressed + 1, told), waiting.Suppressed + 1),
                cancellationToken) > 0)
        {
            return;
        }

        DateTimeOffset due = lasts is [{ DueAt: var last }] && last + Pause > now ? last + Pause : now;
        Guid id = Guid.CreateVersion7(now);
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO alarm_delivery (id, organization_id, channel_id, alarm_id, rule_id, device_id, gateway_id, event, body, created_at, due_at, next_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
                """,
                id, organization.Value, channel.Id, alarm.Id.Value, alarm.Rule.Value, alarm.Of.Device, alarm.Of.Gateway, happened,
                Body(id, happened, now, organization, 0, told), now, due),
            cancellationToken);
    }

    private Task<List<Channel>> ListChannelsAsync(CancellationToken cancellationToken) => transaction.ListAsync(
        new Sql(
            """
            SELECT id, severity_min, rules, sites FROM alarm_channel
            WHERE organization_id = $1 AND is_enabled AND archived_at IS NULL AND (kind = 'email' OR secret_sealed IS NOT NULL)
            """,
            organization.Value),
        row => new Channel(
            row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetFieldValue<string[]>(2), row.IsDBNull(3) ? null : row.GetFieldValue<string[]>(3)),
        cancellationToken);

    /// <summary>The alarm as it stands in this transaction, with the names that a person knows.</summary>
    private Task<string> DescribeAsync(OpenAlarm alarm, CancellationToken cancellationToken) => transaction.ScalarAsync<string>(
        new Sql(
            """
            SELECT json_build_object(
                'id', a.id, 'state', a.state, 'severity', a.severity, 'rule', a.rule_id, 'rule_name', a.rule_name, 'rule_version', a.rule_version,
                'condition', a.condition, 'device', a.device_id, 'device_label', coalesce(d.given_label, d.label),
                'gateway', a.gateway_id, 'gateway_name', g.name, 'site', a.site_id, 'site_name', s.name,
                'value', a.value, 'step', a.step_id, 'late', a.is_late, 'raised_at', a.raised_at, 'raised_received', a.raised_received,
                'cleared_at', a.cleared_at, 'cleared_by', a.cleared_by, 'cleared_step', a.cleared_step_id, 'acknowledged_at', a.acknowledged_at)::text
            FROM alarm AS a JOIN site AS s ON s.id = a.site_id
            LEFT JOIN device AS d ON d.id = a.device_id LEFT JOIN gateway AS g ON g.id = a.gateway_id WHERE a.id = $1
            """,
            alarm.Id.Value),
        cancellationToken);

    private sealed record Last(Guid Id, DateTimeOffset DueAt, bool IsWaiting, int Suppressed);

    private sealed record Channel(Guid Id, string SeverityMin, string[]? Rules, string[]? Sites)
    {
        public bool IsFor(OpenAlarm alarm) =>
            Array.IndexOf(AlarmWords.Severities, alarm.Severity) >= Array.IndexOf(AlarmWords.Severities, SeverityMin)
            && Rules?.Contains(alarm.Rule.ToString(), StringComparer.OrdinalIgnoreCase) != false
            && Sites?.Contains(alarm.Site.ToString(), StringComparer.OrdinalIgnoreCase) != false;
    }
}
