using System.Data;
using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>All of the audit as it stands at one moment, to be verified or exported while others go on writing.</summary>
public sealed class AuditSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly DatabaseSession _session;

    private AuditSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
        _session = new DatabaseSession(connection);
    }

    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task<AuditSnapshot> OpenAsync(StepCloudDatabase database, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await database.OpenAsync(cancellationToken);
        try
        {
            return new AuditSnapshot(connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Every chain that anything is known of: a chain whose last link was deleted is missed by its entries, and by its heads.</summary>
    public Task<List<AuditChain>> ListChainsAsync(CancellationToken cancellationToken) => _session.ListAsync(
        new Sql(
            """
            SELECT known.chain_id, coalesce(c.sequence, 0), coalesce(c.hash, '')
            FROM (SELECT id AS chain_id FROM audit_chain UNION SELECT chain_id FROM audit_entry UNION SELECT chain_id FROM audit_head) AS known
            LEFT JOIN audit_chain AS c ON c.id = known.chain_id ORDER BY known.chain_id
            """),
        reader => new AuditChain(AuditRows.Organization(reader), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)),
        cancellationToken);

    /// <summary>A chain from its first entry on.</summary>
    public IAsyncEnumerable<AuditEntry> StreamEntriesAsync(OrganizationId? organization, CancellationToken cancellationToken) => _session.StreamAsync(
        new Sql($"SELECT {AuditRows.EntryColumns} FROM audit_entry WHERE chain_id = $1 ORDER BY sequence", organization?.Value ?? Guid.Empty),
        AuditRows.Entry,
        cancellationToken);

    /// <summary>A chain's signed heads, the oldest first.</summary>
    public Task<List<AuditHead>> ListHeadsAsync(OrganizationId? organization, CancellationToken cancellationToken) =>
        _session.ListAsync(AuditHeadStore.SelectHeads(organization), AuditRows.Head, cancellationToken);

    /// <summary>The public keys of the installation by `kid`, retired ones too: SubjectPublicKeyInfo in DER.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> ListPublicKeysAsync(CancellationToken cancellationToken) =>
        (await _session.ListAsync(AuditHeadStore.SelectPublicKeys, AuditHeadStore.ReadPublicKey, cancellationToken)).ToDictionary(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

/// <summary>A chain and its last link, as the next append will go on from it.</summary>
/// <param name="Organization">Null for the chain of the installation.</param>
/// <param name="Sequence">0 when there is no entry yet.</param>
public sealed record AuditChain(OrganizationId? Organization, long Sequence, byte[] Hash);
