using StepCloud.Api.Tokens;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>A key store as two processes see it: each call takes effect in one step, calls of both interleave.</summary>
internal sealed class MemorySigningKeyStore : ISigningKeyStore
{
    private readonly Lock _lock = new();

    public List<StoredSigningKey> Keys { get; } = [];

    /// <summary>A key that has no end yet, and signs from then on.</summary>
    public static StoredSigningKey Open(SigningKey key, DateTimeOffset signsFrom = default) => StoredSigningKey.Of(key, signsFrom, signsFrom);

    /// <summary>Awaited after each list is read: lets a test hold several readers at the same point.</summary>
    public Func<Task> AfterList { get; set; } = () => Task.CompletedTask;

    public async Task<IReadOnlyList<StoredSigningKey>> ListAsync(CancellationToken cancellationToken)
    {
        StoredSigningKey[] listed;
        lock (_lock)
            listed = [.. Keys];
        await AfterList();
        return listed;
    }

    public Task<bool> AddAsync(StoredSigningKey key, string? successorOf, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Keys.SingleOrDefault(stored => stored.Life.IsOpen)?.KeyId != successorOf)
                return Task.FromResult(false);
            Change(stored => !stored.Life.IsOverAt(key.Life.SignsFrom), stored => stored with { Life = stored.Life with { RetiredAt = key.Life.SignsFrom } });
            Keys.Add(key);
            return Task.FromResult(true);
        }
    }

    public Task DestroyAsync(DateTimeOffset retiredBefore, CancellationToken cancellationToken)
    {
        lock (_lock)
            Change(stored => stored.Life.RetiredAt < retiredBefore, stored => stored with { Pkcs8 = null });
        return Task.CompletedTask;
    }

    public void Revoke(string keyId, DateTimeOffset at)
    {
        lock (_lock)
            Change(stored => stored.KeyId == keyId, stored => stored with { Pkcs8 = null, Life = stored.Life with { RevokedAt = at } });
    }

    private void Change(Func<StoredSigningKey, bool> which, Func<StoredSigningKey, StoredSigningKey> change)
    {
        for (int i = 0; i < Keys.Count; i++)
        {
            if (which(Keys[i]))
                Keys[i] = change(Keys[i]);
        }
    }
}
