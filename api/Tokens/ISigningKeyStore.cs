namespace StepCloud.Api.Tokens;

/// <summary>Keeps the signing keys of the installation. At most one of them is current, in the whole installation.</summary>
public interface ISigningKeyStore
{
    /// <summary>The current key, and every other whose tokens may still live or that will be current next.</summary>
    Task<IReadOnlyList<StoredSigningKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Adds the key as the current one, unless there is a current one: then nothing is written. Decided in one step, across processes.
    /// </summary>
    Task AddIfNoneCurrentAsync(StoredSigningKey key, CancellationToken cancellationToken);
}

/// <param name="KeyId">The thumbprint of RFC 7638.</param>
/// <param name="Pkcs8">The private key, PKCS#8 in DER.</param>
/// <param name="PublicKeySpki">The public key, SubjectPublicKeyInfo in DER: to check a token by, without the private one.</param>
/// <param name="IsCurrent">It signs; the others only verify.</param>
public sealed record StoredSigningKey(string KeyId, byte[] Pkcs8, byte[] PublicKeySpki, bool IsCurrent, DateTimeOffset CreatedAt);
