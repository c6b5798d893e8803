using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Hosting;

// What a caller holds instead of the actor: each call becomes a turn. Orleans generates the same for its grains.

internal sealed class UserReference(UserId id, ActorDirectory<UserId, IUser> directory) : IUser
{
    public Task<SignInOutcome> SignInAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.SignInAsync(password, code, origin, token), cancellationToken);

    public Task<SessionGrant?> UseAccessKeyAsync(byte[] keyHash, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.UseAccessKeyAsync(keyHash, origin, token), cancellationToken);

    public Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.RefreshAsync(refreshToken, origin, token), cancellationToken);

    public Task<bool> EndSessionAsync(SessionId session, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.EndSessionAsync(session, origin, token), cancellationToken);

    public Task<ChangePasswordOutcome> ChangePasswordAsync(
        Secret oldPassword, Secret newPassword, SessionId session, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(
            id, (user, token) => user.ChangePasswordAsync(oldPassword, newPassword, session, origin, token), cancellationToken);

    public Task<bool> RecoverAsync(byte[] link, Secret newPassword, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.RecoverAsync(link, newPassword, origin, token), cancellationToken);

    public Task<ProveOutcome> ProveAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.ProveAsync(password, code, origin, token), cancellationToken);

    public Task<BeginSecondFactorOutcome> BeginSecondFactorAsync(Secret password, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.BeginSecondFactorAsync(password, origin, token), cancellationToken);

    public Task<ConfirmSecondFactorOutcome> ConfirmSecondFactorAsync(Secret code, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.ConfirmSecondFactorAsync(code, origin, token), cancellationToken);

    public Task<DisableSecondFactorOutcome> DisableSecondFactorAsync(
        Secret password, Secret code, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.DisableSecondFactorAsync(password, code, origin, token), cancellationToken);

    public Task<int> EndSessionsAsync(SessionId? keep, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.EndSessionsAsync(keep, origin, token), cancellationToken);

    public Task<CreateGatewayOutcome> CreateGatewayAsync(CreateGateway command, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.CreateGatewayAsync(command, origin, token), cancellationToken);

    public Task<SendCommandOutcome> SendCommandAsync(
        GatewayId gateway, GatewayCommand command, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (user, token) => user.SendCommandAsync(gateway, command, origin, token), cancellationToken);
}

internal sealed class GatewayReference(GatewayId id, ActorDirectory<GatewayId, IGateway> directory) : IGateway
{
    public Task<SessionGrant?> StartSessionAsync(AuditDoer doer, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.StartSessionAsync(doer, token), cancellationToken);

    public Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.RefreshAsync(refreshToken, origin, token), cancellationToken);

    public Task<ChangeGatewayOutcome> TransferAsync(SiteId site, AuditDoer doer, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.TransferAsync(site, doer, token), cancellationToken);

    public Task<ChangeGatewayOutcome> UnpairAsync(AuditDoer doer, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.UnpairAsync(doer, token), cancellationToken);

    public Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        IReadOnlyList<DeviceAnnouncement> devices, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.AnnounceAsync(devices, origin, token), cancellationToken);

    public Task<IReadOnlyList<StepOutcome>> AcceptAsync(IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.AcceptAsync(steps, token), cancellationToken);

    public Task<IReadOnlyList<TelemetryOutcome>> ReportAsync(IReadOnlyList<TelemetryElement> elements, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.ReportAsync(elements, token), cancellationToken);

    public Task<SendCommandOutcome> SendCommandAsync(GatewayCommand command, AuditDoer by, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.SendCommandAsync(command, by, token), cancellationToken);

    public Task<IReadOnlyList<AnswerCommandOutcome>> AnswerCommandsAsync(
        IReadOnlyList<CommandAnswer> answers, SessionOrigin origin, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.AnswerCommandsAsync(answers, origin, token), cancellationToken);

    public Task<IReadOnlyList<GatewayCommand>> FetchCommandsAsync(CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.FetchCommandsAsync(token), cancellationToken);

    public Task CommandDeliveredAsync(CommandDelivery delivery, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.CommandDeliveredAsync(delivery, token), cancellationToken);

    public Task ListensForCommandsAsync(CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.ListensForCommandsAsync(token), cancellationToken);

    public Task ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.ConnectedAsync(connection, token), cancellationToken);

    public Task DisconnectedAsync(string connection, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (gateway, token) => gateway.DisconnectedAsync(connection, token), cancellationToken);
}

internal sealed class DeviceReference(DeviceId id, ActorDirectory<DeviceId, IDevice> directory) : IDevice
{
    public Task StepsCommittedAsync(CommittedSteps committed, CancellationToken cancellationToken) =>
        directory.CallAsync(id, (device, token) => device.StepsCommittedAsync(committed, token), cancellationToken);

    public Task<DeviceTwin> GetTwinAsync(CancellationToken cancellationToken) =>
        directory.CallAsync(id, (device, token) => device.GetTwinAsync(token), cancellationToken);
}
