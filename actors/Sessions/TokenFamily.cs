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
                    string successor = tokens.Successor(token);
                    TokenRotation rotation = new(
                        record!.Session, hash, tokens.Hash(successor), now, ExpiresAt(holder.Kind, record.StartedBy, now), origin);
                    if (!await sessions.RotateAsync(rotation, cancellationToken)) continue;
                    return new RefreshOutcome.Granted(Grant(holder, record.Session, successor, rotation.ExpiresAt));

                case RefreshDecision.Repeat:
                    return new RefreshOutcome.Granted(
                        Grant(holder, record!.Session, tokens.Successor(token), ExpiresAt(holder.Kind, record.StartedBy, record.UsedAt!.Value)));

                case RefreshDecision.Reuse:
                    // One of two has the token by right, and which of them this is nobody knows.
                    await sessions.EndAsync(
                        record!.Session, holder.Kind, holder.Id, SessionEnds.Reused, now, AuditDoer.Nobody(origin), cancellationToken);
                    LogReused(logger, holder.Kind, holder.Id, record.Session);
                    return RefreshOutcome.Reused.Instance;

                default:
                    return RefreshOutcome.Refused.Instance;
            }
        }

        return RefreshOutcome.Refused.Instance;
    }

    private (NewSession Session, string Token) Make(SessionHolder holder, string by, AuditDoer doer)
    {
        DateTimeOffset now = clock.GetUtcNow();
        string token = tokens.Create();
        NewSession session = new(
            SessionId.New(clock), holder.Kind, holder.Id, tokens.Hash(token), now, ExpiresAt(holder.Kind, by, now),
            now + options.Value.Absolute(holder.Kind, by), by, doer.Origin);
        return (session, token);
    }

    private DateTimeOffset ExpiresAt(HolderKind kind, string startedBy, DateTimeOffset from) => from + options.Value.Idle(kind, startedBy);

    private static SessionGrant Grant(SessionHolder holder, SessionId session, string token, DateTimeOffset expiresAt) =>
        new(session, holder.Kind, holder.Id, holder.Organization, holder.Roles, token, expiresAt);

    [LoggerMessage(2002, LogLevel.Warning, "A used refresh token of {HolderKind} {Holder} came again: session {Session} is ended")]
    private static partial void LogReused(ILogger logger, HolderKind holderKind, Guid holder, SessionId session);
}

/// <summary>Who a session is for, and what its access tokens say of the holder.</summary>
public sealed record SessionHolder(HolderKind Kind, Guid Id, OrganizationId? Organization, IReadOnlyList<string> Roles);
