using StepCloud.Storage;

namespace StepCloud.Api.Tokens;

/// <summary>The key ring's store, in the database.</summary>
internal sealed class StoredSigningKeys(SigningKeyStore store) : ISigningKeyStore
{
    public async Task<IReadOnlyList<StoredSigningKey>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<SigningKeyRow> rows = await store.ListAsync(cancellationToken);
        string? current = rows.FirstOrDefault(row => row.RetiredAt is null)?.KeyId;
        return [.. rows.Select(row => new StoredSigningKey(row.KeyId, row.Pkcs8, row.PublicKeySpki, row.KeyId == current, row.CreatedAt))];
    }

    public Task AddIfNoneCurrentAsync(StoredSigningKey key, CancellationToken cancellationToken) => store.AddIfNoneCurrentAsync(
        new SigningKeyRow(key.KeyId, key.Pkcs8, key.PublicKeySpki, key.CreatedAt, RetiredAt: null), cancellationToken);
}
