using System.Collections.Frozen;

namespace StepCloud.Api.Tokens;

/// <summary>The key ring: one key that signs, and all that verify, by `kid`. Load it before the first token is made or checked.</summary>
/// <remarks>
/// A key is sealed and opened between here and the store, when there is a master key to do it with: everything above sees PKCS#8 only,
/// everything below need not.
/// </remarks>
public sealed class SigningKeys(ISigningKeyStore store, TimeProvider clock)
{
    private volatile Ring? _ring;

    /// <summary>The key that signs.</summary>
    public SigningKey Current => Loaded.Current;

    /// <summary>All public keys, the current one first.</summary>
    public JsonWebKeySet Published => Loaded.Published;

    private Ring Loaded => _ring ?? throw new InvalidOperationException("The signing keys are used before they are loaded.");

    /// <summary>The key of that name; null when it is none of this installation's, or retired.</summary>
    public SigningKey? Find(string keyId) => Loaded.ById.GetValueOrDefault(keyId);

    /// <summary>
    /// Reads the keys, and makes the first one when there is none. May be called again: those in use are replaced in one step.
    /// </summary>
    /// <exception cref="InvalidOperationException">What is stored cannot be a key ring; the ring in use stays.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A stored key is damaged; the ring in use stays.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredSigningKey> stored = await store.ListAsync(cancellationToken);
        if (!stored.Any(key => key.IsCurrent))
        {
            SigningKey first = SigningKey.Generate();
            StoredSigningKey added = new(first.KeyId, first.ExportPkcs8(), first.ExportSpki(), IsCurrent: true, clock.GetUtcNow());
            await store.AddIfNoneCurrentAsync(added, cancellationToken);

            // Another process may have been first: what counts is what the store holds now, not the key that was made here.
            stored = await store.ListAsync(cancellationToken);
        }

        _ring = Read(stored);
    }

    private static Ring Read(IReadOnlyList<StoredSigningKey> stored)
    {
        string[] current = [.. stored.Where(key => key.IsCurrent).Select(key => key.KeyId)];
        if (current.Length != 1)
            throw new InvalidOperationException($"One signing key must be current; the store has {current.Length} such.");
        FrozenDictionary<string, SigningKey> byId = stored.Select(Read).ToFrozenDictionary(key => key.KeyId);
        SigningKey signing = byId[current[0]];
        IEnumerable<SigningKey> published = byId.Values.OrderBy(key => key != signing).ThenBy(key => key.KeyId, StringComparer.Ordinal);
        return new Ring(signing, byId, new JsonWebKeySet([.. published.Select(key => key.PublicKey)]));
    }

    private static SigningKey Read(StoredSigningKey stored)
    {
        SigningKey key = SigningKey.ImportPkcs8(stored.Pkcs8);
        return key.KeyId == stored.KeyId
            ? key
            : throw new InvalidOperationException($"The signing key stored as {stored.KeyId} is another one, {key.KeyId}.");
    }

    private sealed record Ring(SigningKey Current, FrozenDictionary<string, SigningKey> ById, JsonWebKeySet Published);
}
