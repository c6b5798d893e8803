namespace StepCloud.Storage;

/// <summary>Writes small tables anew that held what must not stay on the disk.</summary>
internal static class TableRewrite
{
    /// <summary>Five minutes, with the pause: other databases of the same cluster are made and dropped meanwhile.</summary>
    private const int LooksMax = 6000;

    private const string Pause = "SELECT pg_sleep(0.05)";

    // VACUUM (FULL) copies what anybody could still read who began before the rows were given up. Its own snapshot is one of these: that begins
    // with the oldest transaction that writes anywhere in the cluster, in other databases too.
    private const string NobodyReadsWhatWas = """
        SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8
           AND NOT EXISTS (
               SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) >= age($1::text::xid8::xid))
           AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE age(xmin) >= age($1::text::xid8::xid))
        """;

    /// <summary>What was updated or deleted before the call is gone from the table's file, and not only marked: waits for whoever could still read it.</summary>
    /// <remarks>Of readers that write nothing it sees those of its own role, and so not a superuser's, such as a backup's.</remarks>
    /// <returns>False when somebody was still reading after five minutes: the table is written anew, and may still hold it.</returns>
    public static async Task<bool> RewriteAsync(this StepCloudDatabase database, string table, CancellationToken cancellationToken)
    {
        string now = (await database.ScalarAsync<string>(new Sql("SELECT pg_current_xact_id()::text"), cancellationToken))!;
        bool isAlone = false;
        for (int look = 0; look < LooksMax && !isAlone; look++)
        {
            if (look > 0) await database.ExecuteAsync(new Sql(Pause), cancellationToken);
            isAlone = await database.ScalarAsync<bool>(new Sql(NobodyReadsWhatWas, now), cancellationToken);
        }

        await database.ExecuteAsync(new Sql($"VACUUM (FULL) {table}"), cancellationToken);
        return isAlone;
    }
}
