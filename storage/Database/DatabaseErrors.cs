using System.Net.Sockets;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>What an error of the database means for whoever met it.</summary>
internal static class DatabaseErrors
{
    // Classes and codes of PostgreSQL's appendix A. Beside those that Npgsql knows: 25006, a standby or a server that is being
    // switched over; 53, disk, memory or connections run out; 55P03 and 40, somebody else was in the way; 58, the system below.
    private static readonly string[] TransientClasses = ["08", "40", "53", "57P", "58", "25006", "55P03"];

    /// <summary>Class 22 data exception, 23 integrity constraint violation, 54 program limit exceeded: what was sent is to blame.</summary>
    private static readonly string[] DataClasses = ["22", "23", "54"];

    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgresException postgres => TransientClasses.Any(prefix => postgres.SqlState.StartsWith(prefix, StringComparison.Ordinal)),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        NpgsqlException npgsql => npgsql.IsTransient,
        IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>True when the server itself has said, in its right mind, that it has undone the transaction: classes 22, 23 and 40, but for 40003, statement_completion_unknown.</summary>
    public static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { SqlState: var state } && (state.StartsWith("22", StringComparison.Ordinal)
            || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("40", StringComparison.Ordinal) && state != "40003");

    /// <summary>True when the data that was sent cannot be stored, however often it is tried.</summary>
    public static bool IsDataError(Exception exception) => exception switch
    {
        PostgresException postgres => DataClasses.Any(prefix => postgres.SqlState.StartsWith(prefix, StringComparison.Ordinal)),
        // What Npgsql throws for a value that it cannot write.
        ArgumentException or InvalidCastException or NotSupportedException or OverflowException => true,
        _ => false,
    };
}
