using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Storage.Alarms;

/// <summary>Holds what devices do, and that nothing comes of them, against the rules.</summary>
/// <remarks>All of it follows from tables and the clock: a restart forgets nothing, and a look that is left out is made up for by the next one.</remarks>
public sealed class DeviceAlarms(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly AlarmSubject[] Subjects = [AlarmSubject.State, AlarmSubject.Silence];

    private static readonly UnusedAlarms Unused = new(
        "JOIN device AS d ON d.id = a.device_id", "d.archived_at IS NOT NULL OR r.condition IN ('state', 'silence') AND NOT d.is_monitored");

    /// <summary>The organizations that there is something to look at.</summary>
    public Task<List<OrganizationId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"""
            SELECT DISTINCT r.organization_id FROM alarm_rule AS r JOIN organization AS o ON o.id = r.organization_id
            WHERE r.active_since IS NOT NULL AND r.condition IN ('state', 'silence') AND o.archived_at IS NULL
            UNION
            {Unused.SelectOrganizations}
            """),
        row => new OrganizationId(row.GetGuid(0)), cancellationToken);

    /// <param name="silence">After so long without telemetry a device does not run any more.</param>
    public Task LookAsync(OrganizationId organization, TimeSpan silence, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            OpenAlarms open = new(transaction, organization, now);
            await Unused.ClearAsync(transaction, organization, open, now, cancellationToken);
            List<ActiveRule> rules = await AlarmRules.ListAsync(transaction, organization.Value, Subjects, cancellationToken);
            if (rules.Count == 0) return true;
            List<WatchedDevice> devices = await ReadAsync(transaction, organization, now, silence, cancellationToken);
            await open.LoadAsync(devices.Select(device => WatchedThing.Of(device.Id)), cancellationToken);
            foreach (WatchedDevice device in devices)
            {
                AlarmSource source = new(device.Site, WatchedThing.Of(device.Id), AlarmWords.ByState, Step: null, IsLate: false);
                foreach (ActiveRule rule in rules.Where(rule => rule.IsFor(device.Id.Value, device.Model)))
                {
                    AlarmVerdict? verdict = rule.Condition.Subject == AlarmSubject.Silence ? device.JudgeSilence(rule, now) : device.JudgeState(rule, now);
                    if (verdict is not null) await open.ApplyAsync(rule, source, verdict, cancellationToken);
                }
            }

            return true;
        },
        cancellationToken);

    private static async Task<List<WatchedDevice>> ReadAsync(
        DatabaseSession transaction, OrganizationId organization, DateTimeOffset now, TimeSpan silence, CancellationToken cancellationToken)
    {
        Dictionary<DeviceId, DeviceStatus> states = (await transaction.ListAsync(
            new Sql($"{DeviceStates.Select} AND d.archived_at IS NULL AND d.is_monitored", organization.Value), DeviceStates.Read, cancellationToken))
            .ToDictionary(row => row.Device, row => DeviceStatus.Of(row, now, silence));
        List<WatchedDevice> devices = await transaction.ListAsync(
            // The newest step and the newest telemetry, by the server's clock.
            new Sql(
                """
                SELECT d.id, d.site_id, d.model_id, greatest(s.received, t.at, d.created_at)
                FROM device AS d LEFT JOIN device_state AS t ON t.device_id = d.id
                LEFT JOIN LATERAL (SELECT received FROM step_event WHERE device_id = d.id ORDER BY position DESC LIMIT 1) AS s ON true
                WHERE d.organization_id = $1 AND d.archived_at IS NULL AND d.is_monitored
                """,
                organization.Value),
            row => new WatchedDevice(new DeviceId(row.GetGuid(0)), new SiteId(row.GetGuid(1)), row.GetGuid(2), row.GetFieldValue<DateTimeOffset>(3)),
            cancellationToken);
        return [.. devices.Select(device => device with { Status = states.GetValueOrDefault(device.Id) })];
    }
}

/// <summary>A device as rules of state and silence look at it.</summary>
/// <param name="Heard">When the last thing of it was received, or it was made.</param>
internal sealed record WatchedDevice(DeviceId Id, SiteId Site, Guid Model, DateTimeOffset Heard)
{
    private const string Offline = "offline";

    public DeviceStatus? Status { get; init; }

    public AlarmVerdict JudgeSilence(ActiveRule rule, DateTimeOffset now) => Judge(rule, Heard, now, holds: true, value: null);

    /// <returns>Null when it is not known since when it is as it is.</returns>
    public AlarmVerdict? JudgeState(ActiveRule rule, DateTimeOffset now)
    {
        if (Status is not { Since: { } since } status) return null;
        // What a gateway that is away would say of its device is not known, and says nothing.
        if (status.State is null && rule.Condition.State != Offline) return null;
        string state = status.State is { } activity ? ActivityNames.Of(activity) : Offline;
        return Judge(rule, since, now, state == rule.Condition.State, $"\"{state}\"");
    }

    /// <param name="since">From when on it is as it is.</param>
    private static AlarmVerdict Judge(ActiveRule rule, DateTimeOffset since, DateTimeOffset now, bool holds, string? value)
    {
        DateTimeOffset due = rule.DueAt(since);
        return AlarmVerdict.Of(holds && due <= now, new AlarmMoment(holds && due <= now ? due : since, value));
    }
}
