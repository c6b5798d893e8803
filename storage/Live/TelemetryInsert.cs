using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Storage;

/// <summary>The statements that store a batch of telemetry of one site, and with it the states of its devices.</summary>
/// <param name="elements">No id twice.</param>
internal sealed class TelemetryInsert(StepOrigin origin, List<TelemetryElement> elements, DateTimeOffset received)
{
    // The batch is one transaction. The lock comes before the positions are drawn, and goes with the commit.
    private const string Lock = "SELECT set_config('synchronous_commit', 'on', true), pg_advisory_xact_lock($1, hashtext($2))";

    // Of several new elements of a device the newest decides. An older one than what stands there comes late, and changes nothing; unless what stands
    // there is of a time that the server's clock has not reached: then the gateway's clock was ahead and has been set, and who comes last is the newest.
    private const string Insert =
        """
        WITH sent AS (
            SELECT * FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[], $9::text[], $10::smallint[], $11::text[],
                $12::timestamptz[], $13::text[], $14::text[], $15::double precision[], $16::bigint[], $17::bigint[], $18::double precision[])
            WITH ORDINALITY AS element (
                id, device_id, step_id, sent, body, state, message, started, label, job, progress, layer, layers, remaining_s, ordinal)),
        stored AS (
            INSERT INTO telemetry (id, organization_id, site_id, gateway_id, device_id, step_id, sent, received, body)
            SELECT id, $1, $2, $3, device_id, step_id, sent, $4, body FROM sent ORDER BY ordinal
            ON CONFLICT DO NOTHING
            RETURNING id, position),
        told AS (
            INSERT INTO device_state (
                device_id, organization_id, site_id, gateway_id, state, since, step_id, started, label, job, progress, layer, layers, remaining_s, message,
                at, sent, telemetry_id, position)
            SELECT DISTINCT ON (device_id)
                device_id, $1, $2, $3, state, $4, step_id, started, label, job, progress, layer, layers, remaining_s, message, $4, sent, id, position
            FROM sent JOIN stored USING (id)
            ORDER BY device_id, sent DESC, ordinal DESC
            ON CONFLICT (device_id) DO UPDATE SET
                site_id = excluded.site_id, gateway_id = excluded.gateway_id, state = excluded.state,
                since = CASE WHEN (device_state.state, device_state.step_id) IS NOT DISTINCT FROM (excluded.state, excluded.step_id)
                    THEN device_state.since ELSE excluded.since END,
                step_id = excluded.step_id, started = excluded.started, label = excluded.label, job = excluded.job, progress = excluded.progress,
                layer = excluded.layer, layers = excluded.layers, remaining_s = excluded.remaining_s, message = excluded.message,
                at = excluded.at, sent = excluded.sent, telemetry_id = excluded.telemetry_id, position = excluded.position
            WHERE (excluded.sent, excluded.telemetry_id) > (device_state.sent, device_state.telemetry_id) OR device_state.sent > excluded.at)
        SELECT id, position FROM stored
        """;

    /// <returns>The positions of those that were new. When it returns they are committed.</returns>
    public async Task<Dictionary<Guid, long>> ExecuteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands = { Command(new Sql(Lock, AdvisoryLocks.TelemetryOfSite, origin.Site.ToString())), Command(Values()) },
        };
        Dictionary<Guid, long> positions = new(elements.Count);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) positions.Add(reader.GetGuid(0), reader.GetInt64(1));

        // Past the last result: only there the server has said that it has committed (StepInsert).
        await reader.NextResultAsync(cancellationToken);
        return positions;
    }

    private Sql Values() => new(
        Insert, origin.Organization.Value, origin.Site.Value, origin.Gateway.Value, received,
        Column(element => element.Id.Value), Column(element => element.Device.Value), Column(element => element.Step?.Id.Value),
        Column(element => element.Sent), Column(element => element.Body), Column(element => (short)element.State), Column(element => element.Message),
        Column(element => element.Step?.Started), Column(element => element.Step?.Label), Column(element => element.Step?.Job),
        Column(element => element.Step?.Progress), Column(element => element.Step?.Layer), Column(element => element.Step?.Layers),
        Column(element => element.Step?.RemainingSeconds));

    private T[] Column<T>(Func<TelemetryElement, T> of) => [.. elements.Select(of)];

    private static NpgsqlBatchCommand Command(Sql sql)
    {
        NpgsqlBatchCommand command = new(sql.Text);
        sql.AddTo(command.Parameters);
        return command;
    }
}
