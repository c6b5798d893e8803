namespace StepCloud.Storage;

/// <summary>The database cannot be brought to this program's schema. Nothing was changed by the migration that is named.</summary>
public sealed class MigrationException(MigrationFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public MigrationFailure Failure { get; } = failure;
}

public enum MigrationFailure
{
    /// <summary>The database has migrations that this program does not know: it is older than the database.</summary>
    DatabaseNewer,

    /// <summary>The database lacks migrations, and this process leaves them to another.</summary>
    DatabaseOlder,

    /// <summary>A migration was changed after it had been applied.</summary>
    Edited,

    /// <summary>The program's own migrations are not numbered 1, 2, 3 ...</summary>
    NotInOrder,

    /// <summary>PostgreSQL refused a migration; it was rolled back.</summary>
    Failed,

    /// <summary>The server is too old.</summary>
    ServerTooOld,
}
