using Npgsql;

namespace StepCloud.Storage;

/// <summary>The database did not do what it was asked. What is expected (a key that is taken) is an outcome instead.</summary>
public sealed class StorageException(string message, bool isTransient, Exception? inner) : Exception(message, inner)
{
    /// <summary>True when the same call can succeed later by itself: the database is away, starting, or out of a resource.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>True when the connection broke while a change was being committed: it may stand, and may not.</summary>
    public bool IsCommitInDoubt { get; init; }

    internal static StorageException From(NpgsqlException exception, bool isCommitting = false) =>
        new($"The database failed: {exception.Message}", DatabaseErrors.IsTransient(exception), exception)
        {
            // What violates a constraint, or loses against another transaction, is rolled back and says so.
            IsCommitInDoubt = isCommitting && !DatabaseErrors.IsRolledBack(exception),
        };
}
