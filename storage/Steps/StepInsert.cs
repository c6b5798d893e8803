using Npgsql;

namespace StepCloud.Storage;

/// <summary>Stores many steps in one statement, which is one transaction and one round trip.</summary>
internal sealed class StepInsert : IAsyncDisposable
{
    /// <summary>What becomes of a device's head that there is already.</summary>
    public const string KeepNewest = """
        ON CONFLICT (device_id) DO UPDATE SET
            organization_id = CASE WHEN excluded.step_id > head.step_id THEN excluded.organization_id ELSE head.organization_id END,
            step_id = greatest(head.step_id, excluded.step_id),
            received = greatest(head.received, excluded.received),
            changes = excluded.changes
        """;

    // Settings are kept letter by letter, and are looked into as jsonb first: what that refuses (U+0000, numbers beyond all bounds) no query could
    // read. The parameters are StepColumns', in its order. ORDER BY makes the positions ascend in the order of the steps.
    private const string StepsText = $"""
        WITH stored AS (
            INSERT INTO step_event ({StepTables.StepColumns})
            SELECT
                id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, CASE WHEN settings::jsonb IS NOT NULL THEN settings::json END,
                nullif(outcome, 0), nullif(job, ''), nullif(sequence, -1), series_count, log_count, sample_count, content_hash
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) WITH ORDINALITY AS step (
                {StepTables.StepColumns}, ordinal)
            ORDER BY ordinal
            ON CONFLICT DO NOTHING
            RETURNING id, position, device_id, organization_id, received),
        heads AS (
            INSERT INTO device_head AS head (device_id, organization_id, step_id, received)
            SELECT DISTINCT ON (device_id) device_id, organization_id, id, received FROM stored ORDER BY device_id, id DESC
            {KeepNewest})
        """;

    // Only what the first insert has really inserted gets its series and logs: a step that was stored before brings none, even when it has other content.
    private const string PartsText = $"""
        stored_series AS (
            INSERT INTO step_series ({StepTables.SeriesColumns})
            SELECT
                step_id, ordinal, name, unit, kind, chart, device_id, starts, is_long, sample_count, mean,
                first_time_us, first_value, last_time_us, last_value, min_time_us, min_value, max_time_us, max_value,
                p05, p50, p95, interval_us, samples, nullif(blocks, '')
            FROM unnest(
                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43) AS series (
                {StepTables.SeriesColumns})
            JOIN (SELECT id FROM stored) AS new ON new.id = step_id),
        stored_logs AS (
            INSERT INTO step_log ({StepTables.LogColumns})
            SELECT step_id, ordinal, kind, label, lines::text[]
            FROM unnest($44, $45, $46, $47, $48) AS log ({StepTables.LogColumns})
            JOIN (SELECT id FROM stored) AS new ON new.id = step_id)
        """;

    private const string ResultText = "SELECT id, position FROM stored";

    /// <summary>For steps that may have series and logs.</summary>
    public const string Text = $"{StepsText},\n{PartsText}\n{ResultText}";

    // For steps that have neither: less than half of the arrays, and of what PostgreSQL sets up before the first row.
    private const string BareText = $"{StepsText}\n{ResultText}";

    private readonly NpgsqlBatch _batch;
    private readonly HeldSites? _sites;
    private readonly StepColumns _columns;

    /// <param name="bare">The steps have neither series nor logs.</param>
    public StepInsert(NpgsqlConnection connection, bool holdsSites, bool bare, TimeSpan timeout)
    {
        _batch = new NpgsqlBatch(connection) { Timeout = (int)Math.Ceiling(timeout.TotalSeconds) };
        if (holdsSites) _sites = HeldSites.AddTo(_batch);
        NpgsqlBatchCommand insert = new(bare ? BareText : Text);
        _batch.BatchCommands.Add(insert);
        _columns = new StepColumns(insert.Parameters, bare);
    }

    public Task PrepareAsync(CancellationToken cancellationToken) => _batch.PrepareAsync(cancellationToken);

    /// <summary>Stores those of the steps whose ids are new.</summary>
    /// <param name="steps">No id twice.</param>
    /// <returns>The positions of the new ones, by their ids. When it returns they are committed.</returns>
    public async Task<Dictionary<Guid, long>> ExecuteAsync(IReadOnlyList<PendingStep> steps, CancellationToken cancellationToken)
    {
        _columns.Fill(steps);
        _sites?.Set(steps);
        try
        {
            Dictionary<Guid, long> positions = new(steps.Count);
            await using NpgsqlDataReader reader = await _batch.ExecuteReaderAsync(cancellationToken);
            if (_sites is not null) await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                positions.Add(reader.GetGuid(0), reader.GetInt64(1));

            // The rows come before the commit: the server commits at the end of the message sequence, and only ReadyForQuery tells that it
            // has (PostgreSQL §55.2.3). Moving past the last result reads up to that, or throws what the commit threw.
            await reader.NextResultAsync(cancellationToken);
            return positions;
        }
        finally
        {
            _columns.Clear();
        }
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();
}
