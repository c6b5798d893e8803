using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>The signed heads of the audit's chains.</summary>
public sealed class AuditHeadStore(StepCloudDatabase database)
{
    internal static readonly Sql SelectPublicKeys = new("SELECT kid, public_key_spki FROM signing_key");

    /// <summary>The chains of which no head was signed since then, with their last links.</summary>
    public async Task<IReadOnlyList<AuditChain>> ListDueAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql(
                """
                SELECT c.id, c.sequence, c.hash FROM audit_chain AS c
                WHERE c.sequence > 0 AND NOT EXISTS (SELECT FROM audit_head AS h WHERE h.chain_id = c.id AND h.signed_at >= $1)
                ORDER BY c.id
                """,
                since),
            reader => new AuditChain(AuditRows.Organization(reader), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)),
            cancellationToken);

    /// <summary>A chain's heads, the oldest first.</summary>
    public async Task<IReadOnlyList<AuditHead>> ListAsync(OrganizationId? organization, CancellationToken cancellationToken) =>
        await database.ListAsync(SelectHeads(organization), AuditRows.Head, cancellationToken);

    internal static Sql SelectHeads(OrganizationId? organization) => new(
        $"SELECT {AuditRows.HeadColumns} FROM audit_head WHERE chain_id = $1 ORDER BY sequence, signed_at", organization?.Value ?? Guid.Empty);

    /// <summary>The public keys that heads are checked by, retired ones too: by `kid`, SubjectPublicKeyInfo in DER.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ListPublicKeysAsync(CancellationToken cancellationToken) =>
        (await database.ListAsync(SelectPublicKeys, ReadPublicKey, cancellationToken)).ToDictionary(StringComparer.Ordinal);

    internal static KeyValuePair<string, byte[]> ReadPublicKey(NpgsqlDataReader reader) =>
        KeyValuePair.Create(reader.GetString(0), reader.GetFieldValue<byte[]>(1));

    /// <returns>False when the chain has a head of that second already; nothing was written.</returns>
    public async Task<bool> AddAsync(AuditHead head, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                "INSERT INTO audit_head (chain_id, signed_at, sequence, hash, kid, jws) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                head.Organization?.Value ?? Guid.Empty, head.SignedAt, head.Sequence, head.Hash, head.KeyId, head.Jws),
            cancellationToken) == 1;
}
