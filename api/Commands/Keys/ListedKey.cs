using StepCloud.Api.Tokens;

namespace StepCloud.Api.Commands.Keys;

/// <summary>A signing key as the commands show it.</summary>
/// <param name="VerifiesUntil">Null while it has no end.</param>
internal sealed record ListedKey(
    string Kid,
    SigningKeyState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset SignsFrom,
    DateTimeOffset? RetiredAt,
    DateTimeOffset? VerifiesUntil,
    DateTimeOffset? RevokedAt)
{
    public static ListedKey Of(string keyId, SigningKeyLife life, DateTimeOffset now, TimeSpan tokenLifetime) => new(
        keyId, life.StateAt(now, tokenLifetime), life.CreatedAt, life.SignsFrom, life.RetiredAt, life.VerifiesUntil(tokenLifetime), life.RevokedAt);

    /// <summary>One line, its columns aligned with those of other keys.</summary>
    public override string ToString()
    {
        string end = this switch
        {
            { RevokedAt: { } revoked } => $"revoked {revoked:u}",
            { VerifiesUntil: { } until } => $"signs until {RetiredAt:u}, verifies until {until:u}",
            _ => "no end yet",
        };
        return $"{Kid}  {State.ToString().ToLowerInvariant(),-7}  signs from {SignsFrom:u}, {end}";
    }
}
