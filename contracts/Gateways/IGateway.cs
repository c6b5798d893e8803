using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Contracts.Gateways;

/// <summary>A gateway: its token family, its connection, its devices, and the order of what it sends.</summary>
public interface IGateway
{
    /// <summary>Begins a session and ends every earlier one of this gateway.</summary>
    /// <param name="doer">Who set the gateway up.</param>
    Task<SessionGrant?> StartSessionAsync(AuditDoer doer, CancellationToken cancellationToken);

    Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Puts the gateway on another site of its organization. Its devices stay where they are.</summary>
    Task<ChangeGatewayOutcome> TransferAsync(SiteId site, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Revokes the gateway: its sessions end, and whatever it sends is refused until it is paired again.</summary>
    Task<ChangeGatewayOutcome> UnpairAsync(AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Takes the announced devices into the registry. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        IReadOnlyList<DeviceAnnouncement> devices, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Stores the steps; the task completes after the commit. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<StepOutcome>> AcceptAsync(IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken);

    /// <summary>Stores the telemetry; the task completes after the commit. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<TelemetryOutcome>> ReportAsync(IReadOnlyList<TelemetryElement> elements, CancellationToken cancellationToken);

    /// <summary>Stores a command and sends it if the gateway is connected; the task completes after the commit.</summary>
    Task<SendCommandOutcome> SendCommandAsync(GatewayCommand command, AuditDoer by, CancellationToken cancellationToken);

    /// <summary>Stores the gateway's answers; the task completes after the commit. One outcome for each, in their order.</summary>
    Task<IReadOnlyList<AnswerCommandOutcome>> AnswerCommandsAsync(
        IReadOnlyList<CommandAnswer> answers, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>For a gateway that asks: what it has not answered yet, up to the deadline. They count as sent.</summary>
    Task<IReadOnlyList<GatewayCommand>> FetchCommandsAsync(CancellationToken cancellationToken);

    /// <summary>A command has reached the gateway, or could not.</summary>
    Task CommandDeliveredAsync(CommandDelivery delivery, CancellationToken cancellationToken);

    /// <summary>The gateway has begun to listen for commands: what waits is sent.</summary>
    Task ListensForCommandsAsync(CancellationToken cancellationToken);

    Task ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken);

    /// <summary>Ends that connection; one that has been taken over since is passed over.</summary>
    Task DisconnectedAsync(string connection, CancellationToken cancellationToken);
}

/// <param name="Connection">Made anew for each network connection.</param>
/// <param name="Protocol">`MQTT 5.0`, `MQTT 3.1.1`.</param>
/// <param name="SessionPresent">It goes on with a session, in which what was sent before still waits.</param>
public sealed record GatewayConnection(string Connection, string Protocol, string RemoteAddress, bool SessionPresent);
