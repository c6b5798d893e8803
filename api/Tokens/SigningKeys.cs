using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace StepCloud.Api.Tokens;

/// <summary>The key ring: the key that signs now, and all that verify, by `kid`. Load it before the first token is made or checked.</summary>
public sealed class SigningKeys(ISigningKeyStore store, IOptions<AccessTokenOptions> tokens, TimeProvider clock) : IDisposable
{
    /// <summary>One load at a time: a list that was read earlier must never replace one that was read later, or a revoked key would come back.</summary>
    private readonly SemaphoreSlim _loading = new(1);

    private volatile TaskCompletionSource _unknownKey = NewSignal();
    private volatile Ring? _ring;

    /// <summary>The key that signs. Which one it is follows the clock: a successor takes over at its time.</summary>
    public SigningKey Current => Loaded.SigningAt(clock.GetUtcNow());

    /// <summary>All public keys that verify, the current one first; among them the one that signs next.</summary>
    public JsonWebKeySet Published
    {
        get
        {
            DateTimeOffset now = clock.GetUtcNow();
            SigningKey current = Loaded.SigningAt(now);
            return new JsonWebKeySet([
                .. from entry in Loaded.ById.Values
                   where entry.Life.VerifiesAt(now, tokens.Value.Lifetime)
                   orderby entry.Key != current, entry.Key.KeyId
                   select entry.Key.PublicKey]);
        }
    }

    /// <summary>
    /// Completes when a token named a key that is not in the ring since the last load: another process may have made one. Whoever awaits
    /// this sets the pace of the loads; a stranger who makes up names must not.
    /// </summary>
    public Task UnknownKeyAsked => _unknownKey.Task;

    private Ring Loaded => _ring ?? throw new InvalidOperationException("The signing keys are used before they are loaded.");

    /// <summary>The key of that name; null when it is none of this installation's, revoked, or retired for so long that none of its tokens lives.</summary>
    public SigningKey? Find(string keyId)
    {
        Ring ring = Loaded;
        if (ring.ById.TryGetValue(keyId, out Entry? entry))
            return entry.Life.VerifiesAt(clock.GetUtcNow(), tokens.Value.Lifetime) ? entry.Key : null;
        if (!ring.Over.Contains(keyId))
            _unknownKey.TrySetResult();
        return null;
    }

    /// <summary>
    /// Reads the keys, and makes one when none is open: at the first start, and after the only one was revoked. May be called at any time,
    /// and by several at once: the ring in use is replaced in one step.
    /// </summary>
    /// <exception cref="InvalidOperationException">What is stored cannot be a key ring; the ring in use stays.</exception>
    /// <exception cref="Actors.Ports.SealBrokenException">A stored key is damaged; the ring in use stays.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A stored key is damaged; the ring in use stays.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            // Before the list is read: a key that is asked for from now on may be newer than it.
            _unknownKey = NewSignal();
            IReadOnlyList<StoredSigningKey> stored = await store.ListAsync(cancellationToken);
            if (!stored.Any(key => key.Life.IsOpen))
            {
                DateTimeOffset now = clock.GetUtcNow();
                await store.AddAsync(StoredSigningKey.Of(SigningKey.Generate(), now, now), successorOf: null, cancellationToken);

                // Another process may have been first: what counts is what the store holds now, not the key that was made here.
                stored = await store.ListAsync(cancellationToken);
            }

            _ring = Ring.Of(stored, clock.GetUtcNow(), tokens.Value.Lifetime);
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Entry(SigningKey Key, SigningKeyLife Life);

    /// <param name="ById">That verify, or will.</param>
    /// <param name="Signers">That sign, or will; the newest first.</param>
    /// <param name="Over">Names of keys that verify nothing any more: whoever asks for one is not told to wait for a newer ring.</param>
    private sealed record Ring(FrozenDictionary<string, Entry> ById, Entry[] Signers, FrozenSet<string> Over)
    {
        public static Ring Of(IReadOnlyList<StoredSigningKey> stored, DateTimeOffset now, TimeSpan tokenLifetime)
        {
            int open = stored.Count(key => key.Life.IsOpen && key.Pkcs8 is not null);
            if (open != 1)
                throw new InvalidOperationException($"One signing key must be open; the store has {open} such.");
            Entry[] entries = [.. stored.Where(key => key.Life.VerifiesAt(now, tokenLifetime)).Select(Read)];
            return new Ring(
                entries.ToFrozenDictionary(entry => entry.Key.KeyId),
                [.. entries.Where(entry => entry.Key.CanSign && !entry.Life.IsOverAt(now)).OrderByDescending(entry => entry.Life.SignsFrom)],
                stored.Where(key => !key.Life.VerifiesAt(now, tokenLifetime)).Select(key => key.KeyId).ToFrozenSet());
        }

        /// <remarks>The last one is for a clock that is behind that of the process which made the first key.</remarks>
        public SigningKey SigningAt(DateTimeOffset now) => (Array.Find(Signers, entry => entry.Life.SignsAt(now)) ?? Signers[^1]).Key;

        private static Entry Read(StoredSigningKey stored)
        {
            SigningKey key = stored.Pkcs8 is { } pkcs8 ? SigningKey.ImportPkcs8(pkcs8) : SigningKey.ImportSpki(stored.PublicKeySpki);
            return key.KeyId == stored.KeyId
                ? new Entry(key, stored.Life)
                : throw new InvalidOperationException($"The signing key stored as {stored.KeyId} is another one, {key.KeyId}.");
        }
    }
}
