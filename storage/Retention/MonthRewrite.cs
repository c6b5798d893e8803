using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage.Retention;

/// <summary>
/// Writes the partitions of a month anew with what stays, puts them in the place of the old ones, and drops those: in one transaction, so that
/// whoever reads sees the month before or after, and what a kill interrupts has never been.
/// </summary>
/// <remarks>
/// While the rest is copied everything is read and written as ever. Then writers wait for as long as it takes to find what came meanwhile, which is a
/// look at the ids of the month, and everybody for the exchange, which is a change of the catalogue. Whoever holds a table for longer than <see cref="Patience"/> is not waited for,
/// since everybody else would wait behind us: the exchange is tried again.
/// </remarks>
internal sealed class MonthRewrite(DatabaseSession session, StepMonth month, DateTimeOffset now, TimeProvider clock)
{
    private const string Patience = "400ms";

    private const int TriesMax = 100;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(2);

    private static readonly AuditDoer Doer = AuditDoer.System("retention");

    private static readonly (string Table, string Key)[] Tables = [("step_event", "id"), ("step_series", "step_id"), ("step_log", "step_id")];

    private readonly Dictionary<string, string[]> _columns = new(StringComparer.Ordinal);

    /// <returns>Empty when nothing was due; null when it must be tried another day, since the rules or holds were changed meanwhile or the tables were never free.</returns>
    public async Task<IReadOnlyList<TakenSteps>?> RunAsync(CancellationToken cancellationToken)
    {
        session.WaitAsLongAsItTakes();
        await ExecuteAsync("SAVEPOINT begun", cancellationToken);
        string version = await session.ScalarAsync<string>(new Sql(DueSteps.Version), cancellationToken);
        await ExecuteAsync(
            """
            CREATE TEMPORARY TABLE due (
                id uuid PRIMARY KEY, organization_id uuid NOT NULL, device_id uuid NOT NULL, content_hash bytea NOT NULL,
                is_dropped boolean NOT NULL, was_thinned boolean NOT NULL) ON COMMIT DROP
            """,
            cancellationToken);
        await session.ExecuteAsync(DueSteps.With($"INSERT INTO due {DueSteps.Select(month)}", now, month), cancellationToken);
        await ExecuteAsync("ANALYZE due", cancellationToken);
        List<TakenSteps> taken = await session.ListAsync(new Sql(DueSteps.Sum), row => DueSteps.ReadSum(row, month), cancellationToken);
        if (taken.Count == 0) return [];

        // It is in no reader's and no writer's way; it ends a vacuum of the old tables, for which the exchange would not wait.
        await ExecuteAsync($"LOCK TABLE {string.Join(", ", Tables.Select(table => $"{table.Table}_{month}"))} IN SHARE UPDATE EXCLUSIVE MODE", cancellationToken);
        foreach ((string table, string key) in Tables) await CopyAsync(table, key, cancellationToken);
        if (await ExchangeAsync(version, taken, cancellationToken)) return taken;
        await ExecuteAsync("ROLLBACK TO SAVEPOINT begun", cancellationToken);
        return null;
    }

    private async Task CopyAsync(string table, string key, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"CREATE TABLE {table}_next (LIKE {table} {IdPartitions.LikeParent})", cancellationToken);
        // Known to hold for all rows, so that nobody has to wait while it is looked at again.
        await ExecuteAsync(
            $"ALTER TABLE {table}_next ADD CONSTRAINT of_month CHECK ({key} >= '{month.FirstId}' AND {key} < '{month.Next.FirstId}')", cancellationToken);
        string[] columns = _columns[table] = [.. await session.ListAsync(
            new Sql("SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", table),
            row => row.GetString(0), cancellationToken)];
        IEnumerable<string> values = columns.Select(column => table == "step_series" && column is "samples" or "blocks"
            ? $"CASE WHEN due.id IS NULL OR old.sample_count = 0 THEN old.{column} END"
            : $"old.{column}");
        await ExecuteAsync(
            $"""
             INSERT INTO {table}_next ({string.Join(", ", columns)})
             SELECT {string.Join(", ", values)} FROM {table}_{month} AS old LEFT JOIN due ON due.id = old.{key} WHERE due.is_dropped IS NOT TRUE
             """,
            cancellationToken);
    }

    /// <returns>False when something else is due by now, or the tables were never free.</returns>
    private async Task<bool> ExchangeAsync(string version, List<TakenSteps> taken, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"SET LOCAL lock_timeout = '{Patience}'", cancellationToken);
        for (int attempt = 1; ; attempt++)
        {
            await ExecuteAsync("SAVEPOINT exchange", cancellationToken);
            try
            {
                await session.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Retention), cancellationToken);
                if (await session.ScalarAsync<string>(new Sql(DueSteps.Version), cancellationToken) != version) return false;
                await ExchangeOnceAsync(cancellationToken);
                await MoveHeadsAsync(cancellationToken);
                await NoteAsync(taken, cancellationToken);
                return true;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                await ExecuteAsync("ROLLBACK TO SAVEPOINT exchange", cancellationToken);
                if (attempt == TriesMax) return false;
                await Task.Delay(BetweenTries, clock, cancellationToken);
            }
        }
    }

    private async Task ExchangeOnceAsync(CancellationToken cancellationToken)
    {
        // The parents, and not the month's own tables: a writer that waited for one of those would have a parent already, for which we should wait.
        string parents = string.Join(", ", Tables.Select(table => $"ONLY {table.Table}"));
        await ExecuteAsync($"LOCK TABLE {parents} IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
        await CopyLateAsync(cancellationToken);
        await ExecuteAsync($"LOCK TABLE {parents} IN ACCESS EXCLUSIVE MODE", cancellationToken);
        foreach ((string table, _) in Tables)
        {
            await ExecuteAsync($"ALTER TABLE {table} DETACH PARTITION {table}_{month}", cancellationToken);
            await ExecuteAsync($"DROP TABLE {table}_{month}", cancellationToken);
            await ExecuteAsync($"ALTER TABLE {table}_next RENAME TO {table}_{month}", cancellationToken);
            await ExecuteAsync(
                $"ALTER TABLE {table} ATTACH PARTITION {table}_{month} FOR VALUES FROM ('{month.FirstId}') TO ('{month.Next.FirstId}')", cancellationToken);
            await ExecuteAsync($"ALTER TABLE {table}_{month} DROP CONSTRAINT of_month", cancellationToken);
        }
    }

    /// <summary>What came since the copy began: it is in the old tables, and neither in the new ones nor among what is due.</summary>
    private async Task CopyLateAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            $"""
             CREATE TEMPORARY TABLE late ON COMMIT DROP AS
             SELECT old.id FROM step_event_{month} AS old
             WHERE NOT EXISTS (SELECT FROM step_event_next AS n WHERE n.id = old.id) AND NOT EXISTS (SELECT FROM due WHERE due.id = old.id AND due.is_dropped)
             """,
            cancellationToken);
        foreach ((string table, string key) in Tables)
        {
            string columns = string.Join(", ", _columns[table]);
            // Its series may have been there when they were copied, though it itself was not yet when the steps were.
            await ExecuteAsync(
                $"INSERT INTO {table}_next ({columns}) SELECT {columns} FROM {table}_{month} WHERE {key} IN (SELECT id FROM late) ON CONFLICT DO NOTHING", cancellationToken);
        }
    }

    private async Task NoteAsync(List<TakenSteps> taken, CancellationToken cancellationToken)
    {
        // Not when the run began: a hold may have been released since, and the audit's times go forward.
        DateTimeOffset at = clock.GetUtcNow();
        await session.ExecuteAsync(
            new Sql(
                "INSERT INTO retention_month (month, done_at) VALUES ($1, $2) ON CONFLICT (month) DO UPDATE SET done_at = excluded.done_at",
                DateOnly.FromDateTime(month.Start.UtcDateTime), at),
            cancellationToken);
        await AuditTrail.AppendAsync(session, at, [.. taken.SelectMany(Entries)], cancellationToken);
    }

    /// <summary>Whatever was kept of the devices' steps is not right any more; and the newest of some may be gone.</summary>
    private async Task MoveHeadsAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            "UPDATE device_head SET changes = nextval('device_head_change') WHERE device_id IN (SELECT device_id FROM due)", cancellationToken);
        await ExecuteAsync(
            """
            UPDATE device_head AS head SET organization_id = newest.organization_id, step_id = newest.id
            FROM due
            CROSS JOIN LATERAL (SELECT e.id, e.organization_id FROM step_event AS e WHERE e.device_id = due.device_id ORDER BY e.id DESC LIMIT 1) AS newest
            WHERE head.step_id = due.id AND head.device_id = due.device_id AND due.is_dropped
            """,
            cancellationToken);
        await ExecuteAsync(
            """
            DELETE FROM device_head AS head USING due
            WHERE head.step_id = due.id AND head.device_id = due.device_id AND due.is_dropped
                AND NOT EXISTS (SELECT FROM step_event AS e WHERE e.device_id = due.device_id)
            """,
            cancellationToken);
    }

    private IEnumerable<NewAuditEntry> Entries(TakenSteps taken)
    {
        AuditSubject subject = new(AuditSubject.Organization, taken.Organization.Value);
        if (taken.Thinned > 0)
            yield return new NewAuditEntry(taken.Organization, Doer, AuditActions.StepsThinned, subject, New: AuditValues.Of(new { taken.Month, Steps = taken.Thinned, Sha256 = taken.ThinnedSha256 }));
        if (taken.Dropped > 0)
            yield return new NewAuditEntry(taken.Organization, Doer, AuditActions.StepsDropped, subject, New: AuditValues.Of(new { taken.Month, Steps = taken.Dropped, Thinned = taken.DroppedThinned, Sha256 = taken.DroppedSha256 }));
    }

    private Task<int> ExecuteAsync(string text, CancellationToken cancellationToken) => session.ExecuteAsync(new Sql(text), cancellationToken);
}
