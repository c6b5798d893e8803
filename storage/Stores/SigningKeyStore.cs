using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>The keys that sign access tokens. At most one is open: it has no end yet. Private keys are as their caller sealed them.</summary>
/// <remarks>Every change locks the table, so that processes take turns; readers are not held up.</remarks>
public sealed class SigningKeyStore(StepCloudDatabase database)
{
    private static readonly Sql SelectAll = new(
        """
        SELECT kid, private_key_sealed, public_key_spki, created_at, signs_from, retired_at, revoked_at
        FROM signing_key ORDER BY signs_from DESC, created_at DESC, kid
        """);

    private static readonly Sql Lock = new("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE");

    /// <summary>Every key there ever was, newest first.</summary>
    public async Task<IReadOnlyList<SigningKeyRow>> ListAsync(CancellationToken cancellationToken) =>
        await database.ListAsync(SelectAll, Read, cancellationToken);

    /// <summary>Adds the key as the open one. All others end, at the latest when it begins to sign.</summary>
    /// <param name="successorOf">The open key that it follows; null when there is to be none.</param>
    /// <returns>False, and nothing is written, when another key is open: somebody else was first.</returns>
    public Task<bool> AddAsync(SigningKeyRow key, string? successorOf, AuditDoer by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            await session.ExecuteAsync(Lock, cancellationToken);
            List<string> open = await session.ListAsync(
                new Sql("SELECT kid FROM signing_key WHERE retired_at IS NULL AND revoked_at IS NULL"), reader => reader.GetString(0), cancellationToken);
            if (open.SingleOrDefault() != successorOf)
                return false;
            await session.ExecuteAsync(
                new Sql("UPDATE signing_key SET retired_at = $1 WHERE revoked_at IS NULL AND (retired_at IS NULL OR retired_at > $1)", key.SignsFrom),
                cancellationToken);
            await session.ExecuteAsync(
                new Sql(
                    "INSERT INTO signing_key (kid, private_key_sealed, public_key_spki, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)",
                    key.KeyId, key.SealedPrivateKey, key.PublicKeySpki, key.CreatedAt, key.SignsFrom),
                cancellationToken);
            await AuditTrail.AppendAsync(session, key.CreatedAt, Created(key, by), cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Takes a key out of use and destroys its private half. If it was to sign, another key takes its place where there is one.</summary>
    /// <remarks>Afterwards either some key signs, or none is open: then a server makes a new one, since that needs the master key.</remarks>
    public Task<RevokeKeyOutcome> RevokeAsync(string keyId, AuditDoer by, DateTimeOffset at, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            await session.ExecuteAsync(Lock, cancellationToken);
            List<bool> found = await session.ListAsync(
                new Sql("SELECT revoked_at IS NOT NULL FROM signing_key WHERE kid = $1", keyId), reader => reader.GetBoolean(0), cancellationToken);
            if (found is not [bool isRevoked])
                return RevokeKeyOutcome.NoSuchKey;
            if (isRevoked)
                return RevokeKeyOutcome.RevokedBefore;
            await session.ExecuteAsync(
                new Sql("UPDATE signing_key SET revoked_at = $2, private_key_sealed = NULL, private_key_pkcs8 = NULL WHERE kid = $1", keyId, at),
                cancellationToken);
            await ReplaceAsync(session, at, cancellationToken);
            NewAuditEntry revoked = new(Organization: null, by, AuditActions.SigningKeyRevoked, new AuditSubject(AuditSubject.SigningKey, keyId));
            await AuditTrail.AppendAsync(session, at, revoked, cancellationToken);
            return RevokeKeyOutcome.Revoked;
        },
        cancellationToken);

    /// <summary>Destroys the private half of every key that signed last before <paramref name="retiredBefore"/>.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DestroyAsync(DateTimeOffset retiredBefore, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE signing_key SET private_key_sealed = NULL WHERE retired_at < $1 AND private_key_sealed IS NOT NULL", retiredBefore), cancellationToken);

    /// <summary>The private keys, PKCS#8 in DER, that a version before the master key kept in plain; by key id.</summary>
    public async Task<IReadOnlyList<PlainSecret>> ListPlainAsync(CancellationToken cancellationToken) => await database.ListAsync(
        new Sql("SELECT kid, private_key_pkcs8 FROM signing_key WHERE private_key_pkcs8 IS NOT NULL"), PlainSecret.Read, cancellationToken);

    /// <summary>Puts the sealed form in the place of the plain one. Does nothing when another process was first.</summary>
    public Task ReplacePlainAsync(string keyId, byte[] sealedPrivateKey, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "UPDATE signing_key SET private_key_pkcs8 = NULL, private_key_sealed = $2 WHERE kid = $1 AND private_key_pkcs8 IS NOT NULL",
            keyId, sealedPrivateKey),
        cancellationToken);

    /// <summary>Writes the table anew: what was updated or deleted is gone from its file, and not only marked.</summary>
    /// <returns>False when somebody still reads what was there before.</returns>
    public Task<bool> RewriteAsync(CancellationToken cancellationToken) => database.RewriteAsync("signing_key", cancellationToken);

    private static async Task ReplaceAsync(DatabaseSession session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The successor was revoked: the key that was about to end goes on.
        await session.ExecuteAsync(
            new Sql(
                """
                UPDATE signing_key SET retired_at = NULL
                WHERE kid = (SELECT kid FROM signing_key WHERE revoked_at IS NULL AND retired_at > $1 ORDER BY retired_at DESC, signs_from DESC LIMIT 1)
                  AND NOT EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL AND revoked_at IS NULL)
                """,
                now),
            cancellationToken);
        // The key that signed was revoked: its successor begins at once.
        await session.ExecuteAsync(
            new Sql(
                """
                UPDATE signing_key SET signs_from = $1
                WHERE kid = (
                        SELECT kid FROM signing_key
                        WHERE revoked_at IS NULL AND signs_from > $1 AND (retired_at IS NULL OR retired_at > signs_from)
                        ORDER BY signs_from LIMIT 1)
                  AND NOT EXISTS (
                        SELECT FROM signing_key WHERE revoked_at IS NULL AND signs_from <= $1 AND (retired_at IS NULL OR retired_at > $1))
                """,
                now),
            cancellationToken);
    }

    private static NewAuditEntry Created(SigningKeyRow key, AuditDoer by) => new(
        Organization: null, by, AuditActions.SigningKeyCreated, new AuditSubject(AuditSubject.SigningKey, key.KeyId),
        New: AuditValues.Of(new { public_key = Convert.ToBase64String(key.PublicKeySpki), signs_from = key.SignsFrom }));

    private static SigningKeyRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1),
        reader.GetFieldValue<byte[]>(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        reader.GetFieldValue<DateTimeOffset>(4))
    {
        RetiredAt = reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
        RevokedAt = reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
    };
}

/// <param name="SealedPrivateKey">Null when it was destroyed.</param>
/// <param name="PublicKeySpki">The public key, SubjectPublicKeyInfo in DER.</param>
/// <param name="SignsFrom">Published before, so that verifiers know it.</param>
public sealed record SigningKeyRow(
    string KeyId, byte[]? SealedPrivateKey, byte[] PublicKeySpki, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom)
{
    /// <summary>Signs no more from then on, which can lie ahead; null while it has no end.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>Verifies nothing from then on.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

public enum RevokeKeyOutcome
{
    Revoked,
    RevokedBefore,
    NoSuchKey,
}
