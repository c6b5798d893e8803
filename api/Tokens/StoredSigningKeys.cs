using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Tokens;

/// <summary>The key ring's store, in the database. Private keys are sealed on their way in and opened on their way out.</summary>
/// <param name="agent">Which program makes keys here, for the audit.</param>
internal sealed class StoredSigningKeys(SigningKeyStore store, MasterKey masterKey, string agent = "server") : ISigningKeyStore
{
    public async Task<IReadOnlyList<StoredSigningKey>> ListAsync(CancellationToken cancellationToken) =>
        [.. from row in await store.ListAsync(cancellationToken) select new StoredSigningKey(row.KeyId, Open(row), row.PublicKeySpki, LifeOf(row))];

    public Task<bool> AddAsync(StoredSigningKey key, string? successorOf, CancellationToken cancellationToken)
    {
        byte[] sealedPrivateKey = masterKey.Seal(PurposeOf(key.KeyId), key.Pkcs8);
        return store.AddAsync(
            new SigningKeyRow(key.KeyId, sealedPrivateKey, key.PublicKeySpki, key.Life.CreatedAt, key.Life.SignsFrom), successorOf,
            AuditDoer.System(agent), cancellationToken);
    }

    public Task DestroyAsync(DateTimeOffset retiredBefore, CancellationToken cancellationToken) => store.DestroyAsync(retiredBefore, cancellationToken);

    internal static string PurposeOf(string keyId) => $"signing-key:{keyId}";

    internal static SigningKeyLife LifeOf(SigningKeyRow row) => new(row.CreatedAt, row.SignsFrom, row.RetiredAt, row.RevokedAt);

    private byte[]? Open(SigningKeyRow row) =>
        row.SealedPrivateKey is { } sealedPrivateKey ? masterKey.Open(PurposeOf(row.KeyId), sealedPrivateKey) : null;
}
