using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Alarms;

/// <summary>Which alarms are looked for. What is null is no matter.</summary>
public sealed record AlarmFilter(OrganizationId Organization)
{
    public string? State { get; init; }

    public string? Severity { get; init; }

    public bool? IsAcknowledged { get; init; }

    public DeviceId? Device { get; init; }

    /// <summary>Those of the gateway itself; not of the devices behind it.</summary>
    public GatewayId? Gateway { get; init; }

    public SiteId? Site { get; init; }

    public AlarmRuleId? Rule { get; init; }

    /// <summary>Those that were raised then or later, by the clock of what raised them.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>What users read of alarms. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class AlarmQueries(StepCloudDatabase database)
{
    internal const string Select =
        """
        SELECT id, site_id, device_id, rule_id, rule_version, rule_name, severity, condition::text, state, raised_at, raised_received, is_late, value::text, step_id,
            acknowledged_at, acknowledged_by, acknowledge_note, cleared_at, cleared_received, cleared_by, cleared_step_id,
            gateway_id
        FROM alarm
        """;

    /// <summary>Newest first, in the order in which they were raised here.</summary>
    public Task<List<AlarmRow>> ListAsync(AlarmFilter filter, AlarmId? before, int countMax, CancellationToken cancellationToken) =>
        database.ListAsync(Page(filter, before, countMax), Read, cancellationToken);

    /// <summary>The nodes of the database's plan for that list, the outermost first.</summary>
    public Task<List<string>> ExplainAsync(AlarmFilter filter, AlarmId? before, int countMax, CancellationToken cancellationToken) =>
        database.ListAsync(Page(filter, before, countMax).Explained(), row => row.GetString(0).Trim(), cancellationToken);

    public Task<AlarmRow?> FindAsync(OrganizationId organization, AlarmId alarm, CancellationToken cancellationToken) =>
        database.FirstAsync(One(organization, alarm), Read, cancellationToken);

    /// <summary>What became of it, in order.</summary>
    public Task<List<AlarmEventRow>> ListEventsAsync(AlarmId alarm, CancellationToken cancellationToken) => database.ListAsync(
        new Sql("SELECT kind, at, at_device, value::text, step_id, user_id, note FROM alarm_event WHERE alarm_id = $1 ORDER BY position LIMIT 1000", alarm.Value),
        row => new AlarmEventRow(
            row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), Time(row, 2), Text(row, 3),
            Id(row, 4) is { } step ? new StepId(step) : null, Id(row, 5) is { } user ? new UserId(user) : null, Text(row, 6)),
        cancellationToken);

    internal static Sql One(OrganizationId organization, AlarmId alarm) => new($"{Select} WHERE id = $1 AND organization_id = $2", alarm.Value, organization.Value);

    internal static AlarmRow Read(NpgsqlDataReader row) => new(
        new AlarmId(row.GetGuid(0)), new SiteId(row.GetGuid(1)), Id(row, 2) is { } device ? new DeviceId(device) : null, Id(row, 21) is { } gateway ? new GatewayId(gateway) : null,
        new AlarmRuleId(row.GetGuid(3)), row.GetInt64(4), row.GetString(5),
        row.GetString(6), row.GetString(7), row.GetString(8), row.GetFieldValue<DateTimeOffset>(9), row.GetFieldValue<DateTimeOffset>(10), row.GetBoolean(11),
        Text(row, 12), Id(row, 13) is { } step ? new StepId(step) : null, Time(row, 14), Id(row, 15) is { } user ? new UserId(user) : null, Text(row, 16),
        Time(row, 17), Time(row, 18), Text(row, 19), Id(row, 20) is { } cleared ? new StepId(cleared) : null);

    private static Sql Page(AlarmFilter filter, AlarmId? before, int countMax) => new Where()
        .Add("organization_id =", filter.Organization.Value)
        .Add("state =", filter.State)
        .Add("severity =", filter.Severity)
        .Add("(acknowledged_at IS NOT NULL) =", filter.IsAcknowledged)
        .Add("device_id =", filter.Device?.Value)
        .Add("gateway_id =", filter.Gateway?.Value)
        .Add("site_id =", filter.Site?.Value)
        .Add("rule_id =", filter.Rule?.Value)
        .Add("raised_at >=", filter.From)
        // What raised it was received before it was raised, and no believable clock was further ahead than that.
        .Add("id >=", filter.From is { } from ? StepId.Floor(from - StepLimits.ClockAheadMax).Value : null)
        .Add("raised_at <", filter.To)
        .Add("id <", before?.Value)
        .ToSql(Select, $"ORDER BY id DESC LIMIT {countMax}");

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}

/// <param name="Device">What it is of: this or the gateway.</param>
/// <param name="Condition">Of the rule as it was then, as JSON.</param>
/// <param name="RaisedReceived">By the server's clock; `RaisedAt` is by that of what raised it.</param>
/// <param name="Value">What was found, as JSON.</param>
public sealed record AlarmRow(
    AlarmId Id, SiteId Site, DeviceId? Device, GatewayId? Gateway, AlarmRuleId Rule, long RuleVersion, string RuleName, string Severity, string Condition, string State,
    DateTimeOffset RaisedAt, DateTimeOffset RaisedReceived, bool IsLate, string? Value, StepId? Step,
    DateTimeOffset? AcknowledgedAt, UserId? AcknowledgedBy, string? AcknowledgeNote,
    DateTimeOffset? ClearedAt, DateTimeOffset? ClearedReceived, string? ClearedBy, StepId? ClearedStep);

/// <param name="At">By the server's clock; `AtDevice` is by that of what it came from.</param>
public sealed record AlarmEventRow(string Kind, DateTimeOffset At, DateTimeOffset? AtDevice, string? Value, StepId? Step, UserId? User, string? Note);
