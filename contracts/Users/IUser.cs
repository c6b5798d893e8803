using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Contracts.Users;

/// <summary>A user: the sign-ins, the sessions, and what the user sets up.</summary>
public interface IUser
{
    /// <param name="code">Of the second factor; null when none was given.</param>
    Task<SignInOutcome> SignInAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Begins a session by an access key of this user.</summary>
    /// <param name="keyHash">SHA-256 of the key.</param>
    /// <returns>Null when it lets nobody in: disabled, expired, or its user may not come in with one.</returns>
    Task<SessionGrant?> UseAccessKeyAsync(byte[] keyHash, SessionOrigin origin, CancellationToken cancellationToken);

    Task<RefreshOutcome> RefreshAsync(Secret refreshToken, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Ends that session of this user; its tokens stop working.</summary>
    /// <returns>False when the user has no such open session.</returns>
    Task<bool> EndSessionAsync(SessionId session, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Replaces the password. Every other session of the user ends with it.</summary>
    /// <param name="session">The one that stays.</param>
    Task<ChangePasswordOutcome> ChangePasswordAsync(
        Secret oldPassword, Secret newPassword, SessionId session, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Sets the password that somebody chose by a mailed link. Every session of the user ends.</summary>
    /// <param name="link">SHA-256 of the link's token.</param>
    /// <returns>False when the link cannot be used any more.</returns>
    Task<bool> RecoverAsync(byte[] link, Secret newPassword, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Whether it is this user still who wants to sign something: the password again, and a code where there is a second factor.</summary>
    Task<ProveOutcome> ProveAsync(Secret password, Secret? code, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Makes a secret for an authenticator app, which counts when a code of it was confirmed.</summary>
    Task<BeginSecondFactorOutcome> BeginSecondFactorAsync(Secret password, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Confirms the secret: from now on a sign-in needs a code.</summary>
    Task<ConfirmSecondFactorOutcome> ConfirmSecondFactorAsync(Secret code, SessionOrigin origin, CancellationToken cancellationToken);

    Task<DisableSecondFactorOutcome> DisableSecondFactorAsync(
        Secret password, Secret code, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Ends the open sessions of this user, but the one to keep.</summary>
    /// <returns>How many there were.</returns>
    Task<int> EndSessionsAsync(SessionId? keep, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Creates a gateway on a site of the user's organization and begins its first session.</summary>
    Task<CreateGatewayOutcome> CreateGatewayAsync(CreateGateway command, SessionOrigin origin, CancellationToken cancellationToken);

    /// <summary>Sends a command to a gateway of the user's organization.</summary>
    Task<SendCommandOutcome> SendCommandAsync(
        GatewayId gateway, GatewayCommand command, SessionOrigin origin, CancellationToken cancellationToken);
}

public abstract record ProveOutcome
{
    private ProveOutcome()
    {
    }

    /// <param name="HasSecondFactor">By a code too.</param>
    public sealed record Proven(bool HasSecondFactor) : ProveOutcome;

    public sealed record WrongPassword : ProveOutcome
    {
        public static readonly WrongPassword Instance = new();
    }

    /// <summary>The password is right, and a code is needed.</summary>
    public sealed record CodeRequired : ProveOutcome
    {
        public static readonly CodeRequired Instance = new();
    }

    public sealed record WrongCode : ProveOutcome
    {
        public static readonly WrongCode Instance = new();
    }

    public sealed record Delayed(TimeSpan RetryAfter) : ProveOutcome;
}

public abstract record SignInOutcome
{
    private SignInOutcome()
    {
    }

    public sealed record SignedIn(SessionGrant Grant) : SignInOutcome;

    public sealed record WrongCredentials : SignInOutcome
    {
        public static readonly WrongCredentials Instance = new();
    }

    /// <summary>The password is right, and a code of the second factor must come with it.</summary>
    public sealed record CodeRequired : SignInOutcome
    {
        public static readonly CodeRequired Instance = new();
    }

    /// <summary>The password is right and the code is not, or it was used before.</summary>
    public sealed record WrongCode : SignInOutcome
    {
        public static readonly WrongCode Instance = new();
    }

    /// <summary>Too many wrong passwords; the next try counts after that time.</summary>
    public sealed record Delayed(TimeSpan RetryAfter) : SignInOutcome;
}

public abstract record ChangePasswordOutcome
{
    private ChangePasswordOutcome()
    {
    }

    public sealed record Changed : ChangePasswordOutcome
    {
        public static readonly Changed Instance = new();
    }

    public sealed record WrongPassword : ChangePasswordOutcome
    {
        public static readonly WrongPassword Instance = new();
    }

    /// <summary>Too many wrong passwords, here or at the sign-in; the next try counts after that time.</summary>
    public sealed record Delayed(TimeSpan RetryAfter) : ChangePasswordOutcome;
}

/// <param name="Gateway">Made by the client when it wants to know the id beforehand; null lets the server make it.</param>
public sealed record CreateGateway(GatewayId? Gateway, SiteId Site, string Name, string? Serial);

public abstract record CreateGatewayOutcome
{
    private CreateGatewayOutcome()
    {
    }

    public sealed record Created(GatewayId Gateway, SessionGrant Grant) : CreateGatewayOutcome;

    /// <summary>The user's organization has no such site.</summary>
    public sealed record UnknownSite : CreateGatewayOutcome
    {
        public static readonly UnknownSite Instance = new();
    }

    /// <summary>A gateway with that id exists already.</summary>
    public sealed record IdTaken : CreateGatewayOutcome
    {
        public static readonly IdTaken Instance = new();
    }

    /// <summary>The user may read but not set up.</summary>
    public sealed record NotAllowed : CreateGatewayOutcome
    {
        public static readonly NotAllowed Instance = new();
    }
}
