namespace StepCloud.Storage;

/// <summary>Writes small tables anew that held what must not stay on the disk.</summary>
internal static class TableRewrite
{
    /// <summary>Half a minute, with the pause.</summary>
    private const int LooksMax = 600;

    private const string Pause = "SELECT pg_sleep(0.05)";

    // A statement that began before the rows were given up could still read them, and VACUUM (FULL) copies what anybody could still read.
    private const string EarlierReaders = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age($1::text::xid)
        """;

    /// <summary>What was updated or deleted before the call is gone from the table's file, and not only marked: waits for whoever could still read it.</summary>
    /// <remarks>Sees the sessions of its own role, and so not a superuser's, such as a backup's.</remarks>
    /// <returns>False when somebody was still reading after half a minute: the table is written anew, and may still hold it.</returns>
    public static async Task<bool> RewriteAsync(this StepCloudDatabase database, string table, CancellationToken cancellationToken)
    {
        string now = (await database.ScalarAsync<string>(new Sql("SELECT pg_current_xact_id()::xid::text"), cancellationToken))!;
        bool isAlone = false;
        for (int look = 0; look < LooksMax && !isAlone; look++)
        {
            if (look > 0) await database.ExecuteAsync(new Sql(Pause), cancellationToken);
            isAlone = await database.ScalarAsync<long>(new Sql(EarlierReaders, now), cancellationToken) == 0;
        }

        await database.ExecuteAsync(new Sql($"VACUUM (FULL) {table}"), cancellationToken);
        return isAlone;
    }
}
