using Microsoft.Extensions.Logging;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Notices;

namespace StepCloud.Storage;

public sealed partial class PresenceStore(StepCloudDatabase database, ILogger<PresenceStore> logger) : IPresenceStore
{
    public Task<GatewayPresenceRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            "SELECT connection, since, protocol, clock_offset_us, clock_measured_at, last_step_at FROM gateway_presence WHERE gateway_id = $1", gateway.Value),
        Read, cancellationToken);

    public Task ConnectedAsync(GatewayId gateway, string connection, string protocol, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO gateway_presence (gateway_id, online, connection, since, protocol) VALUES ($1, true, $2, $3, $4)
                ON CONFLICT (gateway_id) DO UPDATE SET online = true, connection = excluded.connection, since = excluded.since, protocol = excluded.protocol
                """,
                gateway.Value, connection, at, protocol),
            cancellationToken);

    public Task DisconnectedAsync(GatewayId gateway, DateTimeOffset at, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE gateway_presence SET online = false, connection = NULL, since = $2 WHERE gateway_id = $1", gateway.Value, at), cancellationToken);

    /// <summary>Nobody is connected to a process that has just become the owner of the actors.</summary>
    public Task DisconnectAllAsync(DateTimeOffset at, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE gateway_presence SET online = false, connection = NULL, since = $1 WHERE online", at), cancellationToken);

    /// <summary>Nobody is connected to a process that has never been a node of this cluster, or is forgotten.</summary>
    public Task DisconnectStrayAsync(DateTimeOffset at, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            """
            UPDATE gateway_presence AS p SET online = false, connection = NULL, since = $1
            WHERE online AND NOT EXISTS (SELECT FROM cluster_node AS n WHERE p.connection LIKE replace(n.id::text, '-', '') || ':%')
            """,
            at),
        cancellationToken);

    /// <summary>Those that were connected to a node that is gone are connected to nothing; every process is told.</summary>
    /// <param name="prefix">What the names of that node's connections begin with.</param>
    /// <returns>How many there were.</returns>
    public async Task<long> DisconnectNodeAsync(string prefix, DateTimeOffset at, CancellationToken cancellationToken) =>
        await database.InTransactionAsync(
            session => session.ScalarAsync<long>(
                new Sql(
                    """
                    WITH gone AS (
                        UPDATE gateway_presence SET online = false, connection = NULL, since = $2
                        WHERE online AND starts_with(connection, $1) RETURNING gateway_id)
                    SELECT count(pg_notify($3, $4 || gateway_id)) FROM gone
                    """,
                    prefix, at, NoticeListener.ChannelName, $"{Notice.GatewayGone} "),
                cancellationToken),
            cancellationToken);

    public async Task NoteAsync(GatewayId gateway, ClockReading? reading, DateTimeOffset? lastStepAt, CancellationToken cancellationToken)
    {
        long? offset = reading is null ? null : reading.Offset.Ticks / TimeSpan.TicksPerMicrosecond;
        try
        {
            await database.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO gateway_presence (gateway_id, online, clock_offset_us, clock_measured_at, last_step_at)
                    VALUES ($1, false, $2::bigint, $3::timestamptz, $4::timestamptz)
                    ON CONFLICT (gateway_id) DO UPDATE SET
                        clock_offset_us = coalesce(excluded.clock_offset_us, gateway_presence.clock_offset_us),
                        clock_measured_at = coalesce(excluded.clock_measured_at, gateway_presence.clock_measured_at),
                        last_step_at = coalesce(excluded.last_step_at, gateway_presence.last_step_at)
                    """,
                    gateway.Value, offset, reading?.MeasuredAt, lastStepAt),
                cancellationToken);
        }
        catch (StorageException e)
        {
            LogNotNoted(logger, e, gateway);
        }
    }

    private static GatewayPresenceRecord Read(NpgsqlDataReader reader) => new(
        reader.IsDBNull(0) ? null : reader.GetString(0),
        reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1),
        reader.IsDBNull(2) ? null : reader.GetString(2),
        reader.IsDBNull(3) ? null : new ClockReading(TimeSpan.FromMicroseconds(reader.GetInt64(3)), reader.GetFieldValue<DateTimeOffset>(4)),
        reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5));

    [LoggerMessage(3073, LogLevel.Warning, "What is known of the clock of gateway {Gateway} could not be written down; it is the next time")]
    private static partial void LogNotNoted(ILogger logger, Exception exception, GatewayId gateway);
}
