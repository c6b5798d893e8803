using Dapper;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>The keys that sign access tokens. The newest that is not retired is the current one.</summary>
public sealed class SigningKeyStore(NpgsqlDataSource database)
{
    /// <summary>Every key, the current one and those whose tokens may still live; newest first.</summary>
    public async Task<IReadOnlyList<SigningKeyRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<SigningKeyRow>(new CommandDefinition(
                """
                SELECT kid AS "KeyId", private_key_pkcs8 AS "Pkcs8", public_key_spki AS "PublicKeySpki", created_at AS "CreatedAt",
                       retired_at AS "RetiredAt"
                FROM signing_key ORDER BY created_at DESC, kid
                """,
                cancellationToken: cancellationToken)),
        ];
    }

    /// <summary>Adds the key unless there is one that signs.</summary>
    /// <remarks>The lock makes two processes that start at once take turns: the second finds the first one's key.</remarks>
    public async Task AddIfNoneCurrentAsync(SigningKeyRow key, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE", transaction: transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO signing_key (kid, private_key_pkcs8, public_key_spki, created_at)
            SELECT @KeyId, @Pkcs8, @PublicKeySpki, @CreatedAt
            WHERE NOT EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL)
            """,
            key, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <param name="Pkcs8">The private key, PKCS#8 in DER.</param>
/// <param name="PublicKeySpki">The public key, SubjectPublicKeyInfo in DER.</param>
/// <param name="RetiredAt">Null while it signs.</param>
public sealed record SigningKeyRow(string KeyId, byte[] Pkcs8, byte[] PublicKeySpki, DateTime CreatedAt, DateTime? RetiredAt);
