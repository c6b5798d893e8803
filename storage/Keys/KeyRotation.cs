using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Keys;

/// <summary>Gives an organization a new key: what the old one wraps is wrapped anew, then the old one is destroyed. What was sealed with the wrapped keys is not touched.</summary>
/// <remarks>Work goes on meanwhile. A rotation that was cut off has left an old version and keys that it wraps, which open as ever; the next one brings all to the newest.</remarks>
public sealed class KeyRotation(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    private const int BatchKeysMax = 500;

    /// <summary>Keys that somebody made with the old version while it was going: each round finds those of the round before.</summary>
    private const int RoundsMax = 20;

    /// <returns>Null when the organization has no key yet, or there is none of that id.</returns>
    /// <exception cref="StorageException">The database failed, was too busy making keys, or is still read as it was before; to be tried again.</exception>
    public async Task<RotatedKey?> RotateAsync(OrganizationId organization, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await AddVersionAsync(organization, doer, cancellationToken) is not { } version) return null;
        int rewrapped = 0;
        for (int round = 1; ; round++)
        {
            while (await RewrapAsync(organization, version, cancellationToken) is > 0 and var count) rewrapped += count;
            if (await DestroyOldAsync(organization, version, cancellationToken)) break;
            if (round == RoundsMax) throw new StorageException("Keys are made faster than they are wrapped anew.", isTransient: true, inner: null);
        }

        // What is deleted stays in a table's file until it is written anew.
        if (!await database.RewriteAsync("organization_key", cancellationToken))
            throw new StorageException("The keys are rotated, but a transaction that began before, in this database or another one of its cluster, has not ended, and so the old ones may still be on the disk. Rotate again when that is over.", isTransient: true, inner: null);
        return new RotatedKey(version, rewrapped);
    }

    private Task<int?> AddVersionAsync(OrganizationId organization, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync<int?>(
        async transaction =>
        {
            // Held, so that of two rotations at once one comes after the other.
            List<int> versions = await transaction.ListAsync(
                new Sql("SELECT version FROM organization_key WHERE organization_id = $1 ORDER BY version DESC FOR NO KEY UPDATE", organization.Value),
                row => row.GetInt32(0), cancellationToken);
            if (versions is not [var newest, ..]) return null;
            DateTimeOffset now = clock.GetUtcNow();
            int version = newest + 1;
            using SecretKey made = SecretKey.New();
            if (await keys.AddAsync(transaction, organization, version, made, now, cancellationToken) == 0) return version;
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization, doer, AuditActions.OrganizationKeyRotated, new AuditSubject(AuditSubject.Organization, organization.Value), New: AuditValues.Of(new { Version = version })),
                cancellationToken);
            return version;
        },
        cancellationToken);

    /// <returns>How many keys were wrapped anew; 0 when none is left.</returns>
    private Task<int> RewrapAsync(OrganizationId organization, int version, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            List<(KeyName Name, int Version, byte[] Wrapped)> batch = await transaction.ListAsync(
                new Sql(
                    """
                    SELECT purpose, id, organization_key_version, wrapped FROM wrapped_key WHERE organization_id = $1 AND organization_key_version < $2
                    ORDER BY id LIMIT $3 FOR NO KEY UPDATE
                    """,
                    organization.Value, version, BatchKeysMax),
                row => (new KeyName(organization, row.GetString(0), row.GetGuid(1)), row.GetInt32(2), row.GetFieldValue<byte[]>(3)), cancellationToken);
            if (batch.Count == 0) return 0;
            Dictionary<int, SecretKey> versions = [];
            try
            {
                foreach (SealedKey key in await transaction.ListAsync(
                    new Sql("SELECT version, key_sealed FROM organization_key WHERE organization_id = $1", organization.Value), SealedKey.Read, cancellationToken))
                {
                    versions[key.Version] = keys.Open(organization, key);
                }

                foreach ((KeyName name, int from, byte[] wrapped) in batch)
                {
                    using SecretKey unwrapped = versions[from].Unwrap(name.WrapPurpose, wrapped);
                    await transaction.ExecuteAsync(
                        new Sql(
                            "UPDATE wrapped_key SET wrapped = $2, organization_key_version = $3 WHERE id = $1",
                            name.Id, versions[version].Wrap(name.WrapPurpose, unwrapped), version),
                        cancellationToken);
                }
            }
            finally
            {
                foreach (SecretKey key in versions.Values) key.Dispose();
            }

            return batch.Count;
        },
        cancellationToken);

    /// <returns>False when an old version wraps something again.</returns>
    private async Task<bool> DestroyOldAsync(OrganizationId organization, int version, CancellationToken cancellationToken)
    {
        try
        {
            await database.ExecuteAsync(
                new Sql("DELETE FROM organization_key WHERE organization_id = $1 AND version < $2", organization.Value, version), cancellationToken);
            return true;
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation })
        {
            return false;
        }
    }
}

/// <param name="Version">Of the key that wraps from now on.</param>
/// <param name="Rewrapped">How many keys were wrapped anew.</param>
public sealed record RotatedKey(int Version, int Rewrapped);
