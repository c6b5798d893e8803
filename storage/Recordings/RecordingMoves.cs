namespace StepCloud.Storage.Recordings;

/// <summary>Which recordings are where they should not be, and who brings them elsewhere.</summary>
public sealed class RecordingMoves(StepCloudDatabase database, TimeProvider clock)
{
    private const string IsElsewhere = "r.stored_at IS NOT NULL AND r.store = $1 AND r.fault IS NULL";

    /// <summary>One that is sound as far as is known, and that nobody moves. What failed has its pause.</summary>
    /// <param name="store">Where none should be.</param>
    public Task<Recording?> FindNextAsync(string store, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            $"""
            {Recording.Select} WHERE {IsElsewhere}
                AND NOT EXISTS (SELECT FROM recording_move AS m WHERE m.recording_id = r.id AND (m.next_at > $2 OR m.believed_until >= $2))
            ORDER BY r.id LIMIT 1
            """,
            store, clock.GetUtcNow()),
        Recording.Read, cancellationToken);

    /// <summary>How many there are in that place, sound as far as is known.</summary>
    public Task<long> CountAsync(string store, CancellationToken cancellationToken) =>
        database.ScalarAsync<long>(new Sql($"SELECT count(*) FROM recording AS r WHERE {IsElsewhere}", store), cancellationToken);

    /// <summary>Whether somebody is believed to move one at this moment.</summary>
    public Task<bool> AreBusyAsync(CancellationToken cancellationToken) =>
        database.ScalarAsync<bool>(new Sql("SELECT EXISTS (SELECT FROM recording_move WHERE believed_until >= $1)", clock.GetUtcNow()), cancellationToken);

    /// <summary>Becomes the one who moves it. The name is then known before there is anything of that name.</summary>
    /// <param name="name">Of the copy: new, and random.</param>
    /// <param name="patience">How long that is believed, unless it is said again.</param>
    /// <returns>False when somebody else moves it, or it is not where it was.</returns>
    public async Task<bool> BeginAsync(Recording recording, string store, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return await database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO recording_move AS m (recording_id, store, stored_name, believed_until, next_at)
                SELECT id, $4, $5, $6, $7 FROM recording WHERE id = $1 AND store = $2 AND stored_name = $3 AND stored_at IS NOT NULL
                ON CONFLICT (recording_id) DO UPDATE SET store = $4, stored_name = $5, believed_until = $6
                WHERE m.believed_until IS NULL OR m.believed_until < $7
                """,
                recording.Id.Value, recording.Store, recording.StoredName, store, name, now + patience, now),
            cancellationToken) == 1;
    }

    /// <summary>Says that it is still moved.</summary>
    /// <returns>False when that is believed no longer, or the recording is gone: the copy must not be used.</returns>
    public async Task<bool> RenewAsync(Recording recording, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return await database.ExecuteAsync(
            new Sql(
                "UPDATE recording_move SET believed_until = $3 WHERE recording_id = $1 AND stored_name = $2 AND believed_until >= $4",
                recording.Id.Value, name, now + patience, now),
            cancellationToken) == 1;
    }

    /// <summary>The copy, which was read back and compared, is the recording from now on. What lay in the old place is nobody's then.</summary>
    /// <returns>False when it is gone, is not where it was, or is not this mover's any more: the copy is nobody's.</returns>
    /// <remarks>When this throws it may have been done or not: only the table knows then whose the copy is.</remarks>
    public Task<bool> EndAsync(Recording recording, string store, string name, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            // The recording first, as whoever deletes it does.
            Sql still = new("SELECT stored_name FROM recording WHERE id = $1 AND store = $2 AND stored_name = $3 FOR UPDATE", recording.Id.Value, recording.Store, recording.StoredName);
            if (await transaction.FirstAsync(still, row => row.GetString(0), cancellationToken) is null) return false;
            int mine = await transaction.ExecuteAsync(
                new Sql("DELETE FROM recording_move WHERE recording_id = $1 AND store = $2 AND stored_name = $3", recording.Id.Value, store, name), cancellationToken);
            if (mine == 0) return false;
            await transaction.ExecuteAsync(
                new Sql("UPDATE recording SET store = $2, stored_name = $3, checked_at = $4 WHERE id = $1", recording.Id.Value, store, name, clock.GetUtcNow()), cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Gives a move up. What there is of its copy is nobody's from now on.</summary>
    /// <param name="hasFailed">It is tried again after a pause, which doubles with each failure; otherwise at once.</param>
    /// <param name="pause">The first one.</param>
    public Task GiveUpAsync(Recording recording, string name, bool hasFailed, TimeSpan pause, TimeSpan pauseMax, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            """
            UPDATE recording_move SET stored_name = NULL, believed_until = NULL, failures = failures + $3,
                next_at = CASE WHEN $3 = 0 THEN $4 ELSE $4 + least($5 * power(2, least(failures, 20)), $6) * interval '1 second' END
            WHERE recording_id = $1 AND stored_name = $2
            """,
            recording.Id.Value, name, hasFailed ? 1 : 0, clock.GetUtcNow(), pause.TotalSeconds, pauseMax.TotalSeconds),
        cancellationToken);

    /// <summary>The bytes of a recording are not where its row says, and were found whole elsewhere, as after a restore of the database.</summary>
    /// <returns>False when the row says something else by now.</returns>
    public async Task<bool> AdoptAsync(Recording recording, string store, string name, CancellationToken cancellationToken) => await database.ExecuteAsync(
        new Sql(
            """
            UPDATE recording SET store = $4, stored_name = $5, checked_at = $6, fault = NULL, fault_at = NULL
            WHERE id = $1 AND store = $2 AND stored_name = $3 AND stored_at IS NOT NULL
            """,
            recording.Id.Value, recording.Store, recording.StoredName, store, name, clock.GetUtcNow()),
        cancellationToken) == 1;

    /// <summary>Gives up what nobody is believed to move any more, so that what there is of copies is nobody's.</summary>
    public Task GiveUpStrandedAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE recording_move SET stored_name = NULL, believed_until = NULL WHERE believed_until < $1", clock.GetUtcNow()), cancellationToken);
}
