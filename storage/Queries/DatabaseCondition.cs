using Npgsql;

namespace StepCloud.Storage;

/// <summary>What state the database is in, for whoever asks whether a process can do its work.</summary>
public sealed class DatabaseCondition(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly int MigrationsKnown = Migration.Embedded().Count;

    /// <summary>As it is now, found out within two seconds. Never fails: one that does not answer is <see cref="DatabaseAnswer.None"/>.</summary>
    public async Task<DatabaseAnswer> AskAsync()
    {
        using CancellationTokenSource patience = new(Patience, clock);
        try
        {
            // A schema that is ahead is a newer node's, and fits this one for as long as an upgrade lasts.
            List<DatabaseAnswer> answers = await database.ListAsync(
                new Sql("SELECT count(*), current_setting('transaction_read_only') = 'on' FROM schema_migration"),
                row => row.GetInt64(0) < MigrationsKnown ? DatabaseAnswer.SchemaIsBehind : row.GetBoolean(1) ? DatabaseAnswer.OnlyReads : DatabaseAnswer.Good,
                patience.Token);
            return answers[0];
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            return DatabaseAnswer.SchemaIsBehind;
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            return DatabaseAnswer.None;
        }
    }
}

public enum DatabaseAnswer
{
    /// <summary>It does not answer, or not in time.</summary>
    None,

    Good,

    /// <summary>A migration that this program needs was not applied.</summary>
    SchemaIsBehind,

    /// <summary>It takes no writes: a standby after a switch-over, or set so.</summary>
    OnlyReads,
}
