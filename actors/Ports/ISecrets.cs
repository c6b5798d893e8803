using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Hashes passwords. Slow on purpose, and bounded in how many run at once.</summary>
public interface IPasswordHasher
{
    Task<string> HashAsync(string password, CancellationToken cancellationToken);

    Task<PasswordVerdict> VerifyAsync(string password, string hash, CancellationToken cancellationToken);

    /// <summary>The work of verifying a wrong password, for an account that does not exist: the time of the answer must not tell.</summary>
    Task VerifyDecoyAsync(string password, CancellationToken cancellationToken);
}

public enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, and hashed at a lower cost than today's.</summary>
    RightButOutdated,
}

/// <summary>Makes refresh tokens.</summary>
public interface IRefreshTokens
{
    /// <summary>A new token of 256 random bits, as base64url.</summary>
    string Create();

    /// <summary>
    /// The one token that follows <paramref name="token"/>: the same for every retry, and not to be told without the server's secret.
    /// So a retry can be answered with the same successor although only hashes are stored.
    /// </summary>
    string Successor(string token);

    /// <summary>The token with a proof behind it, by which the server knows it for a token of that session without having it stored.</summary>
    /// <param name="issuedAt">Kept to the microsecond.</param>
    string WithProof(string token, SessionId session, DateTimeOffset issuedAt);

    /// <summary>What a token proves of itself; null when it proves nothing, as those of earlier versions.</summary>
    TokenProof? ReadProof(string token);

    /// <summary>SHA-256: what is stored. The token has 256 bits of its own, so no slow hash is needed.</summary>
    byte[] Hash(string token);
}

/// <summary>That a refresh token was issued by this installation, for which session and when.</summary>
public sealed record TokenProof(SessionId Session, DateTimeOffset IssuedAt);
