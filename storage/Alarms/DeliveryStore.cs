using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>The queue of what channels are told. At least once, and under one id however often it is tried.</summary>
public sealed class DeliveryStore(StepCloudDatabase database, TimeProvider clock)
{
    private const int ErrorCharsMax = 1000;

    /// <summary>The channels that have something to be sent now.</summary>
    public Task<List<AlarmChannelId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql("SELECT DISTINCT channel_id FROM alarm_delivery WHERE state = 'pending' AND next_at <= $1", clock.GetUtcNow()),
        row => new AlarmChannelId(row.GetGuid(0)), cancellationToken);

    /// <summary>Takes the next one of a channel, for as long as the lease lasts: afterwards it is due again.</summary>
    /// <remarks>In the order of the events. One that failed lets the others pass, but for those of its own alarm.</remarks>
    public Task<DueDelivery?> TakeAsync(AlarmChannelId channel, TimeSpan lease, CancellationToken cancellationToken) => database.InTransactionAsync(
        transaction => transaction.FirstAsync(
            new Sql(
                """
                UPDATE alarm_delivery AS d SET attempts = d.attempts + 1, next_at = $3
                FROM alarm_channel AS c
                WHERE c.id = d.channel_id AND d.id = (
                    SELECT n.id FROM alarm_delivery AS n
                    WHERE n.channel_id = $1 AND n.state = 'pending' AND n.next_at <= $2 AND NOT EXISTS (
                        SELECT FROM alarm_delivery AS e
                        WHERE e.channel_id = n.channel_id AND e.state = 'pending' AND e.alarm_id = n.alarm_id AND (e.due_at, e.id) < (n.due_at, n.id))
                    ORDER BY n.due_at, n.id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING d.id, d.event, d.body, d.attempts, c.kind, c.url, c.secret_sealed, c.users, c.is_enabled AND c.archived_at IS NULL, c.id
                """,
                channel.Value, clock.GetUtcNow(), clock.GetUtcNow() + lease),
            Read, cancellationToken),
        cancellationToken);

    public Task DeliveredAsync(Guid delivery, int status, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "UPDATE alarm_delivery SET state = 'delivered', delivered_at = $2, last_status = $3, last_error = NULL WHERE id = $1",
            delivery, clock.GetUtcNow(), status),
        cancellationToken);

    /// <param name="wait">Until it is tried again; null when it is given up.</param>
    /// <param name="status">Of the answer; null when there was none.</param>
    public Task FailedAsync(Guid delivery, TimeSpan? wait, int? status, string error, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "UPDATE alarm_delivery SET state = $2, next_at = $3, last_status = $4, last_error = $5 WHERE id = $1 AND state = 'pending'",
            delivery, wait is null ? "dead" : "pending", clock.GetUtcNow() + (wait ?? TimeSpan.Zero), status,
            StorableText.Mended(error.Length <= ErrorCharsMax ? error : error[..ErrorCharsMax])),
        cancellationToken);

    /// <summary>Hands it to the queue of mails, once.</summary>
    /// <param name="compose">Writes the mail to one address.</param>
    /// <returns>False when none of the members can be written to.</returns>
    public Task<bool> MailAsync(DueDelivery delivery, Func<string, NewMail> compose, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<string> addresses = await transaction.ListAsync(
                new Sql(
                    """
                    SELECT u.email FROM app_user AS u JOIN alarm_channel AS c ON c.organization_id = u.organization_id
                    WHERE c.id = $1 AND lower(u.id::text) = ANY ($2) AND u.email IS NOT NULL AND u.email_verified_at IS NOT NULL
                        AND u.disabled_at IS NULL AND u.archived_at IS NULL ORDER BY u.id
                    """,
                    delivery.Channel.Value, delivery.Users.Select(user => user.ToLowerInvariant()).ToArray()),
                row => row.GetString(0), cancellationToken);
            foreach (string address in addresses) await transaction.ExecuteAsync(OutgoingMailStore.Insert(compose(address), now), cancellationToken);
            if (addresses.Count > 0)
            {
                await transaction.ExecuteAsync(
                    new Sql("UPDATE alarm_delivery SET state = 'delivered', delivered_at = $2, last_error = NULL WHERE id = $1", delivery.Id, now), cancellationToken);
            }

            return addresses.Count > 0;
        },
        cancellationToken);

    private static DueDelivery Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6), row.IsDBNull(7) ? [] : row.GetFieldValue<string[]>(7), row.GetBoolean(8), new AlarmChannelId(row.GetGuid(9)));
}

/// <param name="Attempts">With the one that is made now.</param>
/// <param name="IsWanted">The channel is in use.</param>
public sealed record DueDelivery(
    Guid Id, string Event, string Body, int Attempts, string Kind, string? Url, byte[]? SealedSecret, IReadOnlyList<string> Users, bool IsWanted, AlarmChannelId Channel);
