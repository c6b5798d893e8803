using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Which gateways are connected, as their actors know it, for everybody who wants to know.</summary>
public interface IPresenceStore
{
    /// <returns>Null for a gateway that never came.</returns>
    Task<GatewayPresenceRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken);

    Task ConnectedAsync(GatewayId gateway, string connection, string protocol, DateTimeOffset at, CancellationToken cancellationToken);

    Task DisconnectedAsync(GatewayId gateway, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Writes down what is known beside. Never fails: what could not be written is written the next time.</summary>
    Task NoteAsync(GatewayId gateway, ClockReading? reading, DateTimeOffset? lastStepAt, CancellationToken cancellationToken);
}

/// <param name="Connection">The open one; null while there is none.</param>
/// <param name="Since">When it last came or went; null when it never came over MQTT.</param>
/// <param name="Protocol">Of the last connection.</param>
/// <param name="LastStepAt">About: at most a minute behind.</param>
public sealed record GatewayPresenceRecord(
    string? Connection, DateTimeOffset? Since, string? Protocol, ClockReading? Clock, DateTimeOffset? LastStepAt)
{
    public static readonly GatewayPresenceRecord Never = new(null, null, null, null, null);

    public bool IsOnline => Connection is not null;
}

/// <param name="Offset">The server's time less the gateway's: positive when the gateway's clock is behind.</param>
public sealed record ClockReading(TimeSpan Offset, DateTimeOffset MeasuredAt);
