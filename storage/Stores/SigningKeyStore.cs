using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>The keys that sign access tokens. The newest that is not retired is the current one.</summary>
public sealed class SigningKeyStore(StepCloudDatabase database)
{
    private static readonly Sql SelectAll = new(
        "SELECT kid, private_key_pkcs8, public_key_spki, created_at, retired_at FROM signing_key ORDER BY created_at DESC, kid");

    /// <summary>Every key, the current one and those whose tokens may still live; newest first.</summary>
    public async Task<IReadOnlyList<SigningKeyRow>> ListAsync(CancellationToken cancellationToken) =>
        await database.ListAsync(SelectAll, Read, cancellationToken);

    /// <summary>Adds the key unless there is one that signs.</summary>
    /// <remarks>The lock makes two processes that start at once take turns: the second finds the first one's key.</remarks>
    public Task AddIfNoneCurrentAsync(SigningKeyRow key, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            await session.ExecuteAsync(new Sql("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE"), cancellationToken);
            int added = await session.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO signing_key (kid, private_key_pkcs8, public_key_spki, created_at)
                    SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL)
                    """,
                    key.KeyId, key.Pkcs8, key.PublicKeySpki, key.CreatedAt),
                cancellationToken);
            if (added == 1) await AuditTrail.AppendAsync(session, key.CreatedAt, Created(key), cancellationToken);
            return added;
        },
        cancellationToken);

    private static NewAuditEntry Created(SigningKeyRow key) => new(
        Organization: null, AuditDoer.System("server"), AuditActions.SigningKeyCreated, new AuditSubject(AuditSubject.SigningKey, key.KeyId),
        New: AuditValues.Of(new { public_key = Convert.ToBase64String(key.PublicKeySpki) }));

    private static SigningKeyRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetFieldValue<byte[]>(1),
        reader.GetFieldValue<byte[]>(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4));
}

/// <param name="Pkcs8">The private key, PKCS#8 in DER.</param>
/// <param name="PublicKeySpki">The public key, SubjectPublicKeyInfo in DER.</param>
/// <param name="RetiredAt">Null while it signs.</param>
public sealed record SigningKeyRow(string KeyId, byte[] Pkcs8, byte[] PublicKeySpki, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt);
