namespace StepCloud.Storage.Notices;

/// <summary>A word between the processes of an installation: look at this.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Subject">The id of what to look at.</param>
public readonly record struct Notice(string Kind, Guid Subject)
{
    public const string SessionEnded = "session_ended";
    public const string GatewayRevoked = "gateway_revoked";
    public const string UserDisabled = "user_disabled";
    public const string DeviceArchiveChanged = "device_archive_changed";

    /// <summary>Without a subject: the nil UUID.</summary>
    public const string SigningKeysChanged = "signing_keys_changed";

    /// <summary>As the database's triggers write it; null for what a later version may say.</summary>
    public static Notice? TryParse(string payload) =>
        payload.Split(' ') is [var kind, var subject] && Guid.TryParseExact(subject, "D", out Guid id) ? new Notice(kind, id) : null;
}

/// <summary>Acts on notices.</summary>
public interface INoticeHandler
{
    /// <summary>A notice came. Kinds that mean nothing here are passed over.</summary>
    Task HandleAsync(Notice notice, CancellationToken cancellationToken);

    /// <summary>Notices may have been missed: at the start, and whenever the connection to the database was lost. Look at everything.</summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}
