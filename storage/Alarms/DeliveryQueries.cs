using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Deliveries and secrets of channels as owners see and change them.</summary>
public sealed class DeliveryQueries(StepCloudDatabase database, TimeProvider clock)
{
    private const string Select =
        """
        SELECT id, channel_id, alarm_id, event, state, attempts, suppressed, created_at, CASE WHEN state = 'pending' THEN next_at END, delivered_at, last_status, last_error
        FROM alarm_delivery
        """;

    /// <summary>Newest first.</summary>
    public Task<List<DeliveryRow>> ListAsync(
        OrganizationId organization, string? state, AlarmChannelId? channel, AlarmDeliveryId? before, int countMax, CancellationToken cancellationToken) =>
        database.ListAsync(
            new Where().Add("organization_id =", organization.Value).Add("state =", state).Add("channel_id =", channel?.Value).Add("id <", before?.Value)
                .ToSql(Select, $"ORDER BY id DESC LIMIT {countMax}"),
            Read, cancellationToken);

    public Task<DeliveryRow?> FindAsync(OrganizationId organization, AlarmDeliveryId delivery, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Select} WHERE id = $1 AND organization_id = $2", delivery.Value, organization.Value), Read, cancellationToken);

    /// <summary>Begins a dead one anew.</summary>
    /// <returns>False when it is not dead, or not the organization's.</returns>
    public async Task<bool> RetryAsync(OrganizationId organization, AlarmDeliveryId delivery, CancellationToken cancellationToken) => await database.ExecuteAsync(
        new Sql(
            "UPDATE alarm_delivery SET state = 'pending', attempts = 0, next_at = $3 WHERE id = $1 AND organization_id = $2 AND state = 'dead'",
            delivery.Value, organization.Value, clock.GetUtcNow()),
        cancellationToken) > 0;

    /// <summary>Queues an event that is none, to see whether it arrives.</summary>
    /// <returns>Null when the organization has no such channel in use.</returns>
    public async Task<DeliveryRow?> AddTestAsync(OrganizationId organization, AlarmChannelId channel, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        AlarmDeliveryId id = AlarmDeliveryId.New(clock);
        await database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO alarm_delivery (id, organization_id, channel_id, event, body, created_at, due_at, next_at)
                SELECT $1, organization_id, id, 'test', $4, $5, $5, $5 FROM alarm_channel WHERE id = $3 AND organization_id = $2 AND archived_at IS NULL
                """,
                id.Value, organization.Value, channel.Value, AlarmNotices.Body(id.Value, "test", now, organization, 0, null), now),
            cancellationToken);
        return await FindAsync(organization, id, cancellationToken);
    }

    private static DeliveryRow Read(NpgsqlDataReader row)
    {
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
        return new DeliveryRow(
            new AlarmDeliveryId(row.GetGuid(0)), new AlarmChannelId(row.GetGuid(1)), row.IsDBNull(2) ? null : new AlarmId(row.GetGuid(2)), row.GetString(3),
            row.GetString(4), row.GetInt32(5), row.GetInt32(6), row.GetFieldValue<DateTimeOffset>(7), Time(8), Time(9),
            row.IsDBNull(10) ? null : row.GetInt32(10), row.IsDBNull(11) ? null : row.GetString(11));
    }
}

/// <param name="NextAt">When it is tried next; null when it is not.</param>
public sealed record DeliveryRow(
    AlarmDeliveryId Id, AlarmChannelId Channel, AlarmId? Alarm, string Event, string State, int Attempts, int Suppressed, DateTimeOffset CreatedAt,
    DateTimeOffset? NextAt, DateTimeOffset? DeliveredAt, int? LastStatus, string? LastError);
