using Microsoft.Extensions.Options;

namespace StepCloud.Api.Tokens;

/// <summary>Lets one signing key follow another. Any process of the installation may, at any time: one of them is first.</summary>
public sealed class SigningKeyRotation(ISigningKeyStore store, IOptions<SigningKeyOptions> options, TimeProvider clock)
{
    /// <summary>Publishes a successor when the open key's time is about to end, and destroys private keys that sign no more.</summary>
    /// <returns>The successor that was made now; null for none.</returns>
    public async Task<StoredSigningKey?> TendAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredSigningKey> stored = await store.ListAsync(cancellationToken);
        DateTimeOffset now = clock.GetUtcNow();
        DateTimeOffset destroyBefore = now - SigningKeyLife.Lag;
        if (stored.Any(key => key.Pkcs8 is not null && key.Life.RetiredAt < destroyBefore))
            await store.DestroyAsync(destroyBefore, cancellationToken);

        StoredSigningKey? open = stored.SingleOrDefault(key => key.Life.IsOpen);
        if (open is null)
            return null;
        DateTimeOffset due = open.Life.SignsFrom + options.Value.RotateEvery, earliest = now + options.Value.PublishAhead;
        return due <= earliest ? await AddAsync(open.KeyId, earliest, cancellationToken) : null;
    }

    /// <summary>Makes a successor now.</summary>
    /// <param name="signsAtOnce">True: for an emergency. Verifiers that keep the published keys for a while refuse its tokens until they look again.</param>
    /// <returns>Null when another process made one in the same moment.</returns>
    public async Task<StoredSigningKey?> RotateAsync(bool signsAtOnce, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredSigningKey> stored = await store.ListAsync(cancellationToken);
        StoredSigningKey? open = stored.SingleOrDefault(key => key.Life.IsOpen);
        DateTimeOffset now = clock.GetUtcNow();
        return await AddAsync(open?.KeyId, signsAtOnce || open is null ? now : now + options.Value.PublishAhead, cancellationToken);
    }

    private async Task<StoredSigningKey?> AddAsync(string? successorOf, DateTimeOffset signsFrom, CancellationToken cancellationToken)
    {
        StoredSigningKey next = StoredSigningKey.Of(SigningKey.Generate(), clock.GetUtcNow(), signsFrom);
        return await store.AddAsync(next, successorOf, cancellationToken) ? next : null;
    }
}
