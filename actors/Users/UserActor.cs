using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Users;

/// <summary>A user, signing in and setting up gateways.</summary>
/// <remarks>The password is checked inside the turn, so one account costs one verification at a time, however many try.</remarks>
public sealed class UserActor(
    UserId id,
    IActors actors,
    IUserRegistry users,
    IAccountLinks links,
    IGatewayRegistry gateways,
    ISessionStore sessions,
    TokenFamily tokenFamily,
    IPasswordHasher passwords,
    IAuditTrail audit,
    IActorStateStore stateStore,
    TimeProvider clock) : IUser, IActivated
{
    private readonly ActorDocument<UserState> _document = new(stateStore, "user", id.ToString());
    private readonly SignInDelays _delays = new(clock);
    private readonly FailedSignIns _failed = new(clock);
    private OrganizationId? _organization;

    public Task ActivateAsync(CancellationToken cancellationToken) => _document.LoadAsync(cancellationToken);

    public Task DeactivateAsync(CancellationToken cancellationToken) =>
        _failed.TakeUnrecorded() is var left and > 0
            ? audit.AppendAsync(SignInFailed(left, new SessionOrigin("", "")), cancellationToken)
            : Task.CompletedTask;

    public async Task<SignInOutcome> SignInAsync(string password, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_delays.RetryAfter(origin.RemoteAddress) is { } retryAfter) return new SignInOutcome.Delayed(retryAfter);
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        PasswordVerdict verdict = await VerifyAsync(user, password, cancellationToken);
        if (user is null || verdict == PasswordVerdict.Wrong)
        {
            await FailedAsync(user, origin, cancellationToken);
            return SignInOutcome.WrongCredentials.Instance;
        }

        if (verdict == PasswordVerdict.RightButOutdated)
        {
            string hash = await passwords.HashAsync(password, cancellationToken);
            await users.ReplacePasswordHashAsync(id, user.PasswordHash, hash, DoerOf(user, origin), cancellationToken);
        }

        _delays.Succeeded(origin.RemoteAddress);
        SessionGrant grant = await tokenFamily.StartAsync(
            HolderOf(user), SessionStarts.Password, endOthers: false, DoerOf(user, origin), cancellationToken);
        _document.State.SignIns++;
        _document.State.LastSignInAt = clock.GetUtcNow();
        _document.State.LastSignInFrom = origin.RemoteAddress;
        await _document.SaveAsync(cancellationToken);
        return new SignInOutcome.SignedIn(grant);
    }

    public async Task<RefreshOutcome> RefreshAsync(string refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user
            ? await tokenFamily.RefreshAsync(HolderOf(user), refreshToken, origin, cancellationToken)
            : RefreshOutcome.Refused.Instance;

    public async Task<bool> EndSessionAsync(SessionId session, SessionOrigin origin, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user
        && await sessions.EndAsync(
            session, HolderKind.User, id.Value, SessionEnds.ByUser, clock.GetUtcNow(), DoerOf(user, origin), cancellationToken);

    public async Task<ChangePasswordOutcome> ChangePasswordAsync(
        string oldPassword, string newPassword, SessionId session, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_delays.RetryAfter(origin.RemoteAddress) is { } retryAfter) return new ChangePasswordOutcome.Delayed(retryAfter);
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        if (await VerifyAsync(user, oldPassword, cancellationToken) == PasswordVerdict.Wrong)
        {
            await FailedAsync(user, origin, cancellationToken);
            return ChangePasswordOutcome.WrongPassword.Instance;
        }

        _delays.Succeeded(origin.RemoteAddress);
        string hash = await passwords.HashAsync(newPassword, cancellationToken);
        return await users.ChangePasswordAsync(id, user!.PasswordHash, hash, session, DoerOf(user, origin), cancellationToken)
            ? ChangePasswordOutcome.Changed.Instance
            // Another one was set meanwhile, so the old one is wrong now.
            : ChangePasswordOutcome.WrongPassword.Instance;
    }

    /// <remarks>In a turn as every other use of the password: a sign-in with the old one is over before, or fails after.</remarks>
    public async Task<bool> RecoverAsync(byte[] link, string newPassword, SessionOrigin origin, CancellationToken cancellationToken)
    {
        // Whoever comes second with a link pays for no hash.
        if (await links.FindAsync(link, AccountLinkKind.Recovery, cancellationToken) != id) return false;
        string hash = await passwords.HashAsync(newPassword, cancellationToken);
        if (!await links.RecoverAsync(id, link, hash, AuditDoer.Nobody(origin), cancellationToken)) return false;
        _delays.Succeeded(origin.RemoteAddress);
        return true;
    }

    public async Task<CreateGatewayOutcome> CreateGatewayAsync(
        CreateGateway command, SessionOrigin origin, CancellationToken cancellationToken)
    {
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        if (user?.Organization is not { } organization || !MaySetUp(user)) return CreateGatewayOutcome.NotAllowed.Instance;

        NewGateway created = new(
            command.Gateway ?? GatewayId.New(clock), organization, command.Site, command.Name, command.Serial, id);
        AuditDoer doer = DoerOf(user, origin);
        switch (await gateways.CreateAsync(created, doer, cancellationToken))
        {
            case GatewayCreation.UnknownSite: return CreateGatewayOutcome.UnknownSite.Instance;
            case GatewayCreation.IdTaken: return CreateGatewayOutcome.IdTaken.Instance;
        }

        IGateway gateway = actors.Gateway(created.Id);
        SessionGrant grant = await gateway.StartSessionAsync(doer, cancellationToken)
            ?? throw new InvalidOperationException($"Gateway {created.Id} was created and then not found.");
        return new CreateGatewayOutcome.Created(created.Id, grant);
    }

    public async Task<SendCommandOutcome> SendCommandAsync(
        GatewayId gateway, GatewayCommand command, SessionOrigin origin, CancellationToken cancellationToken)
    {
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        // First whose gateway it is: to a stranger it does not exist, whatever he may do at home.
        if (user?.Organization is not { } organization || (await gateways.FindAsync(gateway, cancellationToken))?.Organization != organization)
            return SendCommandOutcome.UnknownGateway.Instance;
        return MaySetUp(user)
            ? await actors.Gateway(gateway).SendCommandAsync(command, DoerOf(user, origin), cancellationToken)
            : SendCommandOutcome.NotAllowed.Instance;
    }

    // There are activations of accounts that do not exist: what somebody tries with them must look, cost and be delayed like a wrong password.
    private async Task<PasswordVerdict> VerifyAsync(UserRecord? user, string password, CancellationToken cancellationToken)
    {
        if (user is not null) return await passwords.VerifyAsync(password, user.PasswordHash, cancellationToken);
        await passwords.VerifyDecoyAsync(password, cancellationToken);
        return PasswordVerdict.Wrong;
    }

    private async Task FailedAsync(UserRecord? user, SessionOrigin origin, CancellationToken cancellationToken)
    {
        _delays.Failed(origin.RemoteAddress);
        if (user is null) return;
        _organization = user.Organization;
        if (_failed.Failed(origin.RemoteAddress) is { } count) await audit.AppendAsync(SignInFailed(count, origin), cancellationToken);
    }

    private static bool MaySetUp(UserRecord user) => user.Roles.Contains(Roles.Owner) || user.Roles.Contains(Roles.Technician);

    private NewAuditEntry SignInFailed(int failures, SessionOrigin origin) => new(
        _organization, AuditDoer.Nobody(origin), AuditActions.SignInFailed, new AuditSubject(AuditSubject.User, id.Value),
        New: AuditValues.Of(new { failures }));

    private static AuditDoer DoerOf(UserRecord user, SessionOrigin origin) => AuditDoer.User(user.Id, user.Organization, origin);

    private static SessionHolder HolderOf(UserRecord user) => new(HolderKind.User, user.Id.Value, user.Organization, user.Roles);
}

/// <summary>What is remembered of a user beside the registry.</summary>
public sealed class UserState
{
    public long SignIns { get; set; }

    public DateTimeOffset? LastSignInAt { get; set; }

    public string? LastSignInFrom { get; set; }
}
