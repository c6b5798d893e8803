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
public class UserActor(
    UserId id,
    IActors actors,
    IUserRegistry users,
    IAccessKeys accessKeys,
    IAccountLinks links,
    IGatewayRegistry gateways,
    ISessionStore sessions,
    SecondFactorCheck secondFactor,
    TokenFamily tokenFamily,
    IPasswordHasher passwords,
    IAuditTrail audit,
    IActorStateStore stateStore,
    TimeProvider clock) : IUser, IActivated
{
    /// <summary>Whoever guesses codes knows the password, and six digits are few: all addresses count together.</summary>
    private const string AnyAddress = "";

    private readonly ActorDocument<UserState> _document = new(stateStore, "user", id.ToString());
    private readonly SignInDelays _delays = new(clock);
    private readonly SignInDelays _codeDelays = new(clock);
    private readonly FailedSignIns _failed = new(clock);
    private readonly FailedSignIns _refusedKeys = new(clock);
    private OrganizationId? _organization;
    private (Task Append, int Failures) _recording = (Task.CompletedTask, 0);

    public Task ActivateAsync(CancellationToken cancellationToken) => _document.LoadAsync(cancellationToken);

    public async Task DeactivateAsync(CancellationToken cancellationToken)
    {
        int left = _failed.TakeUnrecorded() + await SettleRecordingAsync();
        if (left > 0) await audit.AppendAsync(SignInFailed(left, new SessionOrigin("", "")), cancellationToken);
    }

    public async Task<SignInOutcome> SignInAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_delays.RetryAfter(origin.RemoteAddress) is { } retryAfter) return new SignInOutcome.Delayed(retryAfter);
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        PasswordVerdict verdict = await VerifyAsync(user, password, cancellationToken);
        if (user is null || verdict == PasswordVerdict.Wrong)
        {
            await FailedAsync(user, origin);
            return SignInOutcome.WrongCredentials.Instance;
        }

        if (await secondFactor.IsOnAsync(id, cancellationToken))
        {
            if (code is null) return SignInOutcome.CodeRequired.Instance;
            if (_codeDelays.RetryAfter(AnyAddress) is { } wait) return new SignInOutcome.Delayed(wait);
            if (!await TakeCodeAsync(user, code.Value, origin, cancellationToken)) return SignInOutcome.WrongCode.Instance;
        }

        if (verdict == PasswordVerdict.RightButOutdated)
        {
            string hash = await passwords.HashAsync(password.Value, cancellationToken);
            await users.ReplacePasswordHashAsync(id, user.PasswordHash!, hash, DoerOf(user, origin), cancellationToken);
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

    public async Task<SessionGrant?> UseAccessKeyAsync(byte[] keyHash, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (await accessKeys.FindAsync(keyHash, cancellationToken) is not { } key || key.User != id) return null;
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        bool mayEnter = user is not null && !user.Roles.Contains(Roles.Owner) && key.IsUsable(clock.GetUtcNow());
        SessionGrant? grant = mayEnter ? await tokenFamily.StartByKeyAsync(HolderOf(user!), key, DoerOf(user!, origin), cancellationToken) : null;
        // Whoever has it still tries: that is worth an entry, and as few of them as of wrong passwords.
        if (grant is null && _refusedKeys.Failed(origin.RemoteAddress) is { } count)
            await audit.AppendAsync(
                new NewAuditEntry(
                    key.Organization, AuditDoer.Nobody(origin), AuditActions.AccessKeyRefused, new AuditSubject(AuditSubject.AccessKey, key.Id.Value),
                    New: AuditValues.Of(new { refusals = count })),
                cancellationToken);
        return grant;
    }

    public async Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user
            ? await tokenFamily.RefreshAsync(HolderOf(user), refreshToken.Value, origin, cancellationToken)
            : RefreshOutcome.Refused.Instance;

    public async Task<bool> EndSessionAsync(SessionId session, SessionOrigin origin, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user
        && await sessions.EndAsync(
            session, HolderKind.User, id.Value, SessionEnds.ByUser, clock.GetUtcNow(), DoerOf(user, origin), cancellationToken);

    public async Task<ChangePasswordOutcome> ChangePasswordAsync(
        Secret oldPassword, Secret newPassword, SessionId session, SessionOrigin origin, CancellationToken cancellationToken)
    {
        (UserRecord? user, TimeSpan? retryAfter) = await ProveAsync(oldPassword, origin, cancellationToken);
        if (retryAfter is { } wait) return new ChangePasswordOutcome.Delayed(wait);
        if (user is null) return ChangePasswordOutcome.WrongPassword.Instance;

        string hash = await passwords.HashAsync(newPassword.Value, cancellationToken);
        return await users.ChangePasswordAsync(id, user.PasswordHash!, hash, session, DoerOf(user, origin), cancellationToken)
            ? ChangePasswordOutcome.Changed.Instance
            // Another one was set meanwhile, so the old one is wrong now.
            : ChangePasswordOutcome.WrongPassword.Instance;
    }

    /// <remarks>In a turn as every other use of the password: a sign-in with the old one is over before, or fails after.</remarks>
    public async Task<bool> RecoverAsync(byte[] link, Secret newPassword, SessionOrigin origin, CancellationToken cancellationToken)
    {
        // Whoever comes second with a link pays for no hash.
        if (await links.FindAsync(link, AccountLinkKind.Recovery, cancellationToken) != id) return false;
        string hash = await passwords.HashAsync(newPassword.Value, cancellationToken);
        if (!await links.RecoverAsync(id, link, hash, AuditDoer.Nobody(origin), cancellationToken)) return false;
        _delays.Succeeded(origin.RemoteAddress);
        return true;
    }

    public async Task<ProveOutcome> ProveAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken)
    {
        (UserRecord? user, TimeSpan? retryAfter) = await ProveAsync(password, origin, cancellationToken);
        if (retryAfter is { } wait) return new ProveOutcome.Delayed(wait);
        if (user is null) return ProveOutcome.WrongPassword.Instance;
        if (!await secondFactor.IsOnAsync(id, cancellationToken)) return new ProveOutcome.Proven(HasSecondFactor: false);
        if (code is null) return ProveOutcome.CodeRequired.Instance;
        if (_codeDelays.RetryAfter(AnyAddress) is { } codeWait) return new ProveOutcome.Delayed(codeWait);
        return await TakeCodeAsync(user, code.Value, origin, cancellationToken) ? new ProveOutcome.Proven(HasSecondFactor: true) : ProveOutcome.WrongCode.Instance;
    }

    public async Task<BeginSecondFactorOutcome> BeginSecondFactorAsync(Secret password, SessionOrigin origin, CancellationToken cancellationToken)
    {
        (UserRecord? user, TimeSpan? retryAfter) = await ProveAsync(password, origin, cancellationToken);
        if (retryAfter is { } wait) return new BeginSecondFactorOutcome.Delayed(wait);
        if (user is null) return BeginSecondFactorOutcome.WrongPassword.Instance;
        return await secondFactor.BeginAsync(id, cancellationToken) is { } secret
            ? new BeginSecondFactorOutcome.Begun(secret)
            : BeginSecondFactorOutcome.AlreadyOn.Instance;
    }

    public async Task<ConfirmSecondFactorOutcome> ConfirmSecondFactorAsync(Secret code, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_codeDelays.RetryAfter(AnyAddress) is { } retryAfter) return new ConfirmSecondFactorOutcome.Delayed(retryAfter);
        if (await users.FindAsync(id, cancellationToken) is not { } user) return ConfirmSecondFactorOutcome.NothingToConfirm.Instance;
        ConfirmSecondFactorOutcome outcome = await secondFactor.ConfirmAsync(id, code.Value, DoerOf(user, origin), cancellationToken);
        if (outcome is ConfirmSecondFactorOutcome.WrongCode) _codeDelays.Failed(AnyAddress);
        return outcome;
    }

    public async Task<DisableSecondFactorOutcome> DisableSecondFactorAsync(
        Secret password, Secret code, SessionOrigin origin, CancellationToken cancellationToken)
    {
        (UserRecord? user, TimeSpan? retryAfter) = await ProveAsync(password, origin, cancellationToken);
        if ((retryAfter ?? _codeDelays.RetryAfter(AnyAddress)) is { } wait) return new DisableSecondFactorOutcome.Delayed(wait);
        if (user is null) return DisableSecondFactorOutcome.WrongPassword.Instance;
        return await TakeCodeAsync(user, code, origin, cancellationToken)
            && await secondFactor.DeleteAsync(id, DoerOf(user, origin), cancellationToken)
                ? DisableSecondFactorOutcome.Disabled.Instance
                : DisableSecondFactorOutcome.WrongCode.Instance;
    }

    public async Task<int> EndSessionsAsync(SessionId? keep, SessionOrigin origin, CancellationToken cancellationToken) =>
        await users.FindAsync(id, cancellationToken) is { } user
            ? await sessions.EndAllAsync(HolderKind.User, id.Value, keep, SessionEnds.ByUser, clock.GetUtcNow(), DoerOf(user, origin), cancellationToken)
            : 0;

    public async Task<CreateGatewayOutcome> CreateGatewayAsync(
        CreateGateway command, SessionOrigin origin, CancellationToken cancellationToken)
    {
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        if (user?.Organization is not { } organization || !MaySetUp(user)) return CreateGatewayOutcome.NotAllowed.Instance;

        NewGateway created = new(
            command.Gateway ?? GatewayId.New(clock), organization, command.Site, command.Name, command.Serial);
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

    // There are activations of accounts that do not exist, and people who have no password: what somebody tries with them must look, cost and be delayed like a wrong password.
    private async Task<PasswordVerdict> VerifyAsync(UserRecord? user, Secret password, CancellationToken cancellationToken)
    {
        if (user?.PasswordHash is { } hash) return await passwords.VerifyAsync(password.Value, hash, cancellationToken);
        await passwords.VerifyDecoyAsync(password.Value, cancellationToken);
        return PasswordVerdict.Wrong;
    }

    /// <summary>Whether somebody who is signed in knows the password still. Wrong ones count with those of sign-ins.</summary>
    private async Task<(UserRecord? User, TimeSpan? RetryAfter)> ProveAsync(Secret password, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (_delays.RetryAfter(origin.RemoteAddress) is { } retryAfter) return (null, retryAfter);
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        if (await VerifyAsync(user, password, cancellationToken) == PasswordVerdict.Wrong)
        {
            await FailedAsync(user, origin);
            return (null, null);
        }

        _delays.Succeeded(origin.RemoteAddress);
        return (user, null);
    }

    private async Task<bool> TakeCodeAsync(UserRecord user, Secret code, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (await secondFactor.TakeAsync(id, code.Value, DoerOf(user, origin), cancellationToken))
        {
            _codeDelays.Succeeded(AnyAddress);
            return true;
        }

        _codeDelays.Failed(AnyAddress);
        await FailedAsync(user, origin);
        return false;
    }

    private async Task FailedAsync(UserRecord? user, SessionOrigin origin)
    {
        _delays.Failed(origin.RemoteAddress);
        if (user is null) return;
        _organization = user.Organization;
        if (_failed.Failed(origin.RemoteAddress) is not { } count) return;
        count += await SettleRecordingAsync();
        // Behind the answer: an account that does not exist has no entry to write, and the time of the answer must not tell that.
        _recording = (audit.AppendAsync(SignInFailed(count, origin), CancellationToken.None), count);
    }

    /// <summary>Waits for the entry that was begun last, as the next one or the end of the activation does.</summary>
    /// <returns>How many failures it should have told, and has not.</returns>
    private async Task<int> SettleRecordingAsync()
    {
        (Task append, int failures) = _recording;
        _recording = (Task.CompletedTask, 0);
        await append.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return append.IsCompletedSuccessfully ? 0 : failures;
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
