using StepCloud.Api.Tokens;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>A key store as two processes see it: each call takes effect in one step, calls of both interleave.</summary>
internal sealed class MemorySigningKeyStore : ISigningKeyStore
{
    private readonly Lock _lock = new();

    public List<StoredSigningKey> Keys { get; } = [];

    public static StoredSigningKey Current(SigningKey key) => new(key.KeyId, key.ExportPkcs8(), key.ExportSpki(), IsCurrent: true, default);

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

    public Task AddIfNoneCurrentAsync(StoredSigningKey key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!Keys.Any(stored => stored.IsCurrent))
                Keys.Add(key);
        }

        return Task.CompletedTask;
    }
}
