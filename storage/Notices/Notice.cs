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

    /// <summary>The subject is the node that has MQTT sessions which another one wants.</summary>
    public const string MqttSessionWanted = "mqtt_session_wanted";

    /// <summary>A node has given up a session of the subject, a gateway.</summary>
    public const string MqttSessionFree = "mqtt_session_free";

    /// <summary>Retained messages below `sc/1/{subject}/` have changed; the nil UUID: others.</summary>
    public const string RetainedChanged = "retained_changed";

    /// <summary>A command waits for the gateway, which is not connected to the process that has it to send.</summary>
    public const string CommandWaits = "command_waits";

    /// <summary>The gateway counts as gone, because the process that it was connected to is.</summary>
    public const string GatewayGone = "gateway_gone";

    /// <summary>A consent of the case was withdrawn, or the case erased: whoever shows what is of it looks again.</summary>
    public const string CaseClosed = "case_closed";

    /// <summary>As <see cref="TryParse"/> takes it.</summary>
    public override string ToString() => $"{Kind} {Subject:D}";

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
