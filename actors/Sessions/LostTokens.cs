using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Sessions;

/// <summary>What a restore has forgotten of a gateway's refresh tokens, and what may be believed of it all the same (docs/adr/0016).</summary>
internal sealed class LostTokens(ISessionStore sessions, IRefreshTokens tokens)
{
    /// <summary>A token that is not stored, but proves that it was issued for a session of the holder, in a time that a restore has lost.</summary>
    public async Task<LostToken?> FindAsync(SessionHolder holder, string token, CancellationToken cancellationToken)
    {
        if (tokens.ReadProof(token) is not { } proof) return null;
        RestoredSession? restored = await sessions.FindRestoredAsync(proof.Session, proof.IssuedAt, cancellationToken);
        return restored is not null && restored.HolderKind == holder.Kind && restored.Holder == holder.Id && (!restored.IsUnused || proof.IssuedAt > restored.NewestIssuedAt)
            ? new LostToken(proof.Session, proof.IssuedAt, restored)
            : null;
    }

    /// <summary>
    /// The last exchange before the back-up, whose answer its holder never got: the installation was gone when it asked again. The time without an
    /// installation does not count against it, as long as nobody has come since.
    /// </summary>
    public async Task<bool> IsCutOffAsync(RefreshTokenRecord record, CancellationToken cancellationToken) =>
        record.IsLastUsed && await sessions.FindRestoredAsync(record.Session, record.UsedAt!.Value, cancellationToken) is { IsUnused: true };
}

internal sealed record LostToken(SessionId Session, DateTimeOffset IssuedAt, RestoredSession Restored);
