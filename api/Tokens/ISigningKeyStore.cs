
namespace StepCloud.Api.Tokens;

/// <summary>Keeps the signing keys of the installation. At most one of them is open, in the whole installation.</summary>
public interface ISigningKeyStore
{
    /// <summary>Every key there ever was.</summary>
    /// <exception cref="Actors.Ports.SealBrokenException">A private key cannot be opened.</exception>
    Task<IReadOnlyList<StoredSigningKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Adds the key as the open one; all others end, at the latest when it begins to sign. Decided in one step, across processes.
    /// </summary>
    /// <param name="successorOf">The key that is open now; null when there is none.</param>
    /// <returns>False, and nothing is written, when it is another one: somebody else was first.</returns>
    Task<bool> AddAsync(StoredSigningKey key, string? successorOf, CancellationToken cancellationToken);

    /// <summary>Destroys the private half of every key that signed last before <paramref name="retiredBefore"/>.</summary>
    Task DestroyAsync(DateTimeOffset retiredBefore, CancellationToken cancellationToken);
}

/// <param name="KeyId">The thumbprint of RFC 7638.</param>
/// <param name="Pkcs8">The private key, PKCS#8 in DER; null when it was destroyed.</param>
/// <param name="PublicKeySpki">The public key, SubjectPublicKeyInfo in DER: to check a token by, without the private one.</param>
public sealed record StoredSigningKey(string KeyId, byte[]? Pkcs8, byte[] PublicKeySpki, SigningKeyLife Life)
{
    public static StoredSigningKey Of(SigningKey key, DateTimeOffset createdAt, DateTimeOffset signsFrom) =>
        new(key.KeyId, key.ExportPkcs8(), key.ExportSpki(), new SigningKeyLife(createdAt, signsFrom, RetiredAt: null, RevokedAt: null));
}
