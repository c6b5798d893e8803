using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;

namespace StepCloud.Contracts.Gateways;

/// <summary>A gateway: its token family, its connection, its devices, and the order of what it sends.</summary>
public interface IGateway
{
    /// <summary>Begins a session and ends every earlier one of this gateway.</summary>
    /// <param name="doer">Who set the gateway up.</param>
    Task<SessionGrant?> StartSessionAsync(AuditDoer doer, CancellationToken cancellationToken);

    Task<RefreshOutcome> RefreshAsync(string refreshToken, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Takes the announced devices into the registry. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        IReadOnlyList<DeviceAnnouncement> devices, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Stores the steps; the task completes after the commit. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<StepOutcome>> AcceptAsync(IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken);

    Task ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken);

    /// <summary>Ends that connection; one that has been taken over since is passed over.</summary>
    Task DisconnectedAsync(string connection, CancellationToken cancellationToken);

    Task<GatewayStatus> GetStatusAsync(CancellationToken cancellationToken);
}

/// <param name="Connection">Made anew for each network connection.</param>
/// <param name="Protocol">`MQTT 5.0`, `MQTT 3.1.1`.</param>
public sealed record GatewayConnection(string Connection, string Protocol, string RemoteAddress);

/// <param name="Online">True while a connection is open.</param>
public sealed record GatewayStatus(GatewayId Gateway, bool Online, DateTimeOffset? Since, string? Protocol, DateTimeOffset? LastStepAt);
