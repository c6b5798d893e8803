using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Sessions;

/// <summary>Begins sessions and rotates their refresh tokens, for users and gateways alike.</summary>
public sealed partial class TokenFamily(
    ISessionStore sessions, IRefreshTokens tokens, IOptions<SessionOptions> options, TimeProvider clock, ILogger<TokenFamily> logger)
{
    private readonly LostTokens _lost = new(sessions, tokens);

    /// <summary>Opens a session for the holder.</summary>
    /// <param name="by">One of <see cref="SessionStarts"/>.</param>
    /// <param name="endOthers">True where a holder has one session at a time: a gateway that is paired again.</param>
    /// <param name="doer">Who begins it; the session remembers where from.</param>
    public async Task<SessionGrant> StartAsync(
        SessionHolder holder, string by, bool endOthers, AuditDoer doer, CancellationToken cancellationToken)
    {
        (NewSession session, string token) = Make(holder, by, doer);
        await sessions.CreateAsync(session, endOthers, doer, cancellationToken);
        return Grant(holder, session.Id, token, session.ExpiresAt);
    }

    /// <summary>Opens a session by an access key, which it does not outlive.</summary>
    /// <returns>Null when the key is not usable any more.</returns>
    public async Task<SessionGrant?> StartByKeyAsync(
        SessionHolder holder, AccessKeyRecord key, AuditDoer doer, CancellationToken cancellationToken)
    {
        (NewSession session, string token) = Make(holder, SessionStarts.AccessKey, doer);
        session = session with { AccessKey = key.Id, EndsAt = key.ExpiresAt < session.EndsAt ? key.ExpiresAt : session.EndsAt };
        return await sessions.CreateAsync(session, endOthers: false, doer, cancellationToken)
            ? Grant(holder, session.Id, token, session.ExpiresAt)
            : null;
    }

    public async Task<RefreshOutcome> RefreshAsync(
        SessionHolder holder, string token, SessionOrigin origin, CancellationToken cancellationToken)
    {
        byte[] hash = tokens.Hash(token);
        // Once more when another node rotated between the look and the write: then it is a repeat.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            DateTimeOffset now = clock.GetUtcNow();
            RefreshTokenRecord? record = await sessions.FindTokenAsync(hash, cancellationToken);
            switch (RefreshDecisions.Decide(record, holder.Kind, holder.Id, now, options.Value.RefreshRetryWindow))
            {
                case RefreshDecision.Rotate:
                    string successor = SuccessorOf(token, record!.Session, now);
                    TokenRotation rotation = new(
                        record.Session, hash, tokens.Hash(successor), now, ExpiresAt(holder.Kind, record.StartedBy, now), origin);
                    if (!await sessions.RotateAsync(rotation, cancellationToken)) continue;
                    return new RefreshOutcome.Granted(Grant(holder, record.Session, successor, rotation.ExpiresAt));

                case RefreshDecision.Repeat:
                    return Repeat(holder, token, record!);

                case RefreshDecision.Reuse when await _lost.IsCutOffAsync(record!, cancellationToken):
                    return Repeat(holder, token, record!);

                case RefreshDecision.Refuse when record is null && await _lost.FindAsync(holder, token, cancellationToken) is { } found:
                    if (!found.Restored.IsUnused)
                    {
                        await EndReusedAsync(holder, found.Session, now, origin, cancellationToken);
                        return RefreshOutcome.Reused.Instance;
                    }

                    if (await ContinueAsync(holder, token, found, now, origin, cancellationToken) is { } granted) return granted;
                    continue;

                case RefreshDecision.Reuse:
                    // One of two has the token by right, and which of them this is nobody knows.
                    await EndReusedAsync(holder, record!.Session, now, origin, cancellationToken);
                    return RefreshOutcome.Reused.Instance;

                default:
                    return RefreshOutcome.Refused.Instance;
            }
        }

        return RefreshOutcome.Refused.Instance;
    }

    private RefreshOutcome.Granted Repeat(SessionHolder holder, string token, RefreshTokenRecord record)
    {
        string successor = SuccessorOf(token, record.Session, record.UsedAt!.Value);
        // A process of the version before has exchanged it, for one without a proof.
        if (!tokens.Hash(successor).AsSpan().SequenceEqual(record.SuccessorHash)) successor = tokens.Successor(token);
        return new RefreshOutcome.Granted(Grant(holder, record.Session, successor, ExpiresAt(holder.Kind, record.StartedBy, record.UsedAt.Value)));
    }

    /// <returns>Null when somebody else was quicker.</returns>
    private async Task<RefreshOutcome.Granted?> ContinueAsync(
        SessionHolder holder, string token, LostToken found, DateTimeOffset now, SessionOrigin origin, CancellationToken cancellationToken)
    {
        string successor = SuccessorOf(token, found.Session, now);
        TokenRotation rotation = new(found.Session, tokens.Hash(token), tokens.Hash(successor), now, ExpiresAt(holder.Kind, found.Restored.StartedBy, now), origin);
        LostRotation continued = new(rotation, holder.Kind, holder.Id, found.Restored.NewestHash, found.IssuedAt);
        if (!await sessions.ContinueAsync(continued, cancellationToken)) return null;
        LogContinued(logger, holder.Kind, holder.Id, found.Session);
        return new RefreshOutcome.Granted(Grant(holder, found.Session, successor, rotation.ExpiresAt));
    }

    private async Task EndReusedAsync(SessionHolder holder, SessionId session, DateTimeOffset now, SessionOrigin origin, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(session, holder.Kind, holder.Id, SessionEnds.Reused, now, AuditDoer.Nobody(origin), cancellationToken);
        LogReused(logger, holder.Kind, holder.Id, session);
    }

    /// <summary>The same for every retry: it follows from the token and from when that was exchanged, which is stored.</summary>
    private string SuccessorOf(string token, SessionId session, DateTimeOffset at) => tokens.WithProof(tokens.Successor(token), session, at);

    private (NewSession Session, string Token) Make(SessionHolder holder, string by, AuditDoer doer)
    {
        DateTimeOffset now = clock.GetUtcNow();
        SessionId id = SessionId.New(clock);
        string token = tokens.WithProof(tokens.Create(), id, now);
        NewSession session = new(
            id, holder.Kind, holder.Id, tokens.Hash(token), now, ExpiresAt(holder.Kind, by, now),
            now + options.Value.Absolute(holder.Kind, by), by, doer.Origin);
        return (session, token);
    }

    private DateTimeOffset ExpiresAt(HolderKind kind, string startedBy, DateTimeOffset from) => from + options.Value.Idle(kind, startedBy);

    private static SessionGrant Grant(SessionHolder holder, SessionId session, string token, DateTimeOffset expiresAt) =>
        new(session, holder.Kind, holder.Id, holder.Organization, holder.Roles, token, expiresAt);

    [LoggerMessage(2002, LogLevel.Warning, "A used refresh token of {HolderKind} {Holder} came again: session {Session} is ended")]
    private static partial void LogReused(ILogger logger, HolderKind holderKind, Guid holder, SessionId session);

    [LoggerMessage(2004, LogLevel.Information, "{HolderKind} {Holder} came with a refresh token of the time that a restore has lost: session {Session} goes on")]
    private static partial void LogContinued(ILogger logger, HolderKind holderKind, Guid holder, SessionId session);
}

/// <summary>Who a session is for, and what its access tokens say of the holder.</summary>
public sealed record SessionHolder(HolderKind Kind, Guid Id, OrganizationId? Organization, IReadOnlyList<string> Roles);
