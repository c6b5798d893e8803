namespace StepCloud.Storage;

/// <summary>The private PostgreSQL could not be made, started or used. The message says what to do.</summary>
public sealed class PrivatePostgresException(PrivatePostgresFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public PrivatePostgresFailure Failure { get; } = failure;
}

public enum PrivatePostgresFailure
{
    /// <summary>No PostgreSQL of a version that serves is installed.</summary>
    NotInstalled,

    /// <summary>The cluster was made by another major version than the installed one.</summary>
    OtherVersion,

    /// <summary>This process is root, and there is no ordinary account to run the cluster as.</summary>
    NoOrdinaryUser,

    /// <summary>The account that runs the cluster cannot reach its folder.</summary>
    Unreachable,

    /// <summary>Another process uses the cluster.</summary>
    InUse,

    /// <summary>`initdb` failed.</summary>
    NotCreated,

    /// <summary>The server did not start, or did not become ready.</summary>
    NotStarted,
}
