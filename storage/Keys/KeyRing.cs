using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Keys;

/// <summary>
/// The keys of organizations, and those that are wrapped by them, as docs/KEYS.md describes. None is remembered: each use reads and opens it anew, so a
/// key that was destroyed opens nothing any more from the commit on, on every node.
/// </summary>
public sealed class KeyRing(ISealing sealing, TimeProvider clock)
{
    /// <summary>Makes a random key, and keeps it wrapped by the organization's key, which is made at its first use. Both stand when the transaction does.</summary>
    internal async Task<SecretKey> MakeAsync(DatabaseSession transaction, KeyName name, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        (int version, SecretKey wrapping) = await CurrentAsync(transaction, name.Organization, now, cancellationToken);
        using (wrapping)
        {
            SecretKey made = SecretKey.New();
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO wrapped_key (id, organization_id, purpose, organization_key_version, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                    name.Id, name.Organization.Value, name.Purpose, version, wrapping.Wrap(name.WrapPurpose, made), now),
                cancellationToken);
            return made;
        }
    }

    /// <summary>As the other, wrapped by a key that is there already: when that is destroyed, this is too.</summary>
    /// <param name="parent">Wrapped by the organization's key itself: there are no grandchildren.</param>
    /// <returns>Null when the parent is destroyed; nothing was written.</returns>
    internal async Task<SecretKey?> MakeUnderAsync(DatabaseSession transaction, KeyName parent, KeyName name, CancellationToken cancellationToken)
    {
        // Held until the commit: whoever destroys the parent waits, and then finds this one too.
        using SecretKey? wrapping = await FindAsync(transaction, parent, " AND k.parent_id IS NULL FOR KEY SHARE OF k", cancellationToken);
        if (wrapping is null) return null;
        SecretKey made = SecretKey.New();
        await transaction.ExecuteAsync(
            new Sql(
                "INSERT INTO wrapped_key (id, organization_id, purpose, parent_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                name.Id, name.Organization.Value, name.Purpose, parent.Id, wrapping.Wrap(name.WrapPurpose, made), clock.GetUtcNow()),
            cancellationToken);
        return made;
    }

    /// <summary>Opens a key.</summary>
    /// <returns>Null when there is none: it was never made, or is destroyed.</returns>
    /// <exception cref="SealBrokenException">It was altered, or is sealed under another master key.</exception>
    internal Task<SecretKey?> FindAsync(DatabaseSession session, KeyName name, CancellationToken cancellationToken) => FindAsync(session, name, "", cancellationToken);

    /// <summary>The key of that name, made when there is none yet: one, also for several who ask at once.</summary>
    internal async Task<SecretKey> FindOrMakeAsync(DatabaseSession transaction, KeyName name, CancellationToken cancellationToken)
    {
        if (await FindAsync(transaction, name, cancellationToken) is { } found) return found;
        (int version, SecretKey wrapping) = await CurrentAsync(transaction, name.Organization, clock.GetUtcNow(), cancellationToken);
        using (wrapping)
        using (SecretKey made = SecretKey.New())
        {
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO wrapped_key (id, organization_id, purpose, organization_key_version, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT DO NOTHING
                    """,
                    name.Id, name.Organization.Value, name.Purpose, version, wrapping.Wrap(name.WrapPurpose, made), clock.GetUtcNow()),
                cancellationToken);
        }

        return await FindAsync(transaction, name, cancellationToken) ?? throw new InvalidOperationException($"The key '{name.WrapPurpose}' is gone as soon as it is made.");
    }

    /// <summary>Destroys a key, with all that are wrapped by it.</summary>
    /// <returns>False when there is none.</returns>
    internal static async Task<bool> DestroyAsync(DatabaseSession transaction, KeyName name, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            new Sql(
                "DELETE FROM wrapped_key WHERE id = $1 AND organization_id = $2 AND purpose = $3", name.Id, name.Organization.Value, name.Purpose),
            cancellationToken) == 1;

    /// <summary>The organization's newest key, held until the commit so that nobody destroys it meanwhile.</summary>
    internal async Task<(int Version, SecretKey Key)> CurrentAsync(
        DatabaseSession transaction, OrganizationId organization, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Sql newest = new("SELECT version, key_sealed FROM organization_key WHERE organization_id = $1 ORDER BY version DESC LIMIT 1 FOR KEY SHARE", organization.Value);
        SealedKey? found = await transaction.FirstAsync(newest, SealedKey.Read, cancellationToken);
        // The newest of a moment ago may have been destroyed while this waited for it: then there is a newer one.
        found ??= await transaction.FirstAsync(newest, SealedKey.Read, cancellationToken);
        if (found is null)
        {
            using SecretKey made = SecretKey.New();
            await AddAsync(transaction, organization, 1, made, now, cancellationToken);
            found = await transaction.FirstAsync(newest, SealedKey.Read, cancellationToken);
        }

        return (found!.Version, Open(organization, found));
    }

    /// <summary>Adds a version, unless there is that one already.</summary>
    internal Task<int> AddAsync(
        DatabaseSession transaction, OrganizationId organization, int version, SecretKey key, DateTimeOffset now, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        new Sql(
            "INSERT INTO organization_key (organization_id, version, key_sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            organization.Value, version, sealing.Seal(SealPurpose(organization, version), key.Value), now),
        cancellationToken);

    internal SecretKey Open(OrganizationId organization, SealedKey key) => SecretKey.Take(sealing.Open(SealPurpose(organization, key.Version), key.Sealed));

    /// <summary>As <see cref="FindAsync(DatabaseSession, KeyName, CancellationToken)"/>, of what a statement of another's has read together with what it opens.</summary>
    internal SecretKey Unwrap(KeyName name, SealedKey organizationKey, byte[] wrapped)
    {
        using SecretKey wrapping = Open(name.Organization, organizationKey);
        return wrapping.Unwrap(name.WrapPurpose, wrapped);
    }

    private static string SealPurpose(OrganizationId organization, int version) => $"organization-key:{organization}:{version}";

    private async Task<SecretKey?> FindAsync(DatabaseSession session, KeyName name, string more, CancellationToken cancellationToken)
    {
        KeyPath? path = await session.FirstAsync(
            new Sql(
                $"""
                SELECT o.version, o.key_sealed, k.wrapped, p.purpose, p.id, p.wrapped
                FROM wrapped_key AS k
                LEFT JOIN wrapped_key AS p ON p.id = k.parent_id
                JOIN organization_key AS o ON o.organization_id = k.organization_id AND o.version = coalesce(k.organization_key_version, p.organization_key_version)
                WHERE k.id = $1 AND k.organization_id = $2 AND k.purpose = $3{more}
                """,
                name.Id, name.Organization.Value, name.Purpose),
            row => new KeyPath(
                new SealedKey(row.GetInt32(0), row.GetFieldValue<byte[]>(1)), row.GetFieldValue<byte[]>(2),
                row.IsDBNull(3) ? null : new KeyName(name.Organization, row.GetString(3), row.GetGuid(4)), row.IsDBNull(5) ? [] : row.GetFieldValue<byte[]>(5)),
            cancellationToken);
        if (path is null) return null;
        using SecretKey organizationKey = Open(name.Organization, path.OrganizationKey);
        if (path.Parent is null) return organizationKey.Unwrap(name.WrapPurpose, path.Wrapped);
        using SecretKey parent = organizationKey.Unwrap(path.Parent.WrapPurpose, path.ParentWrapped);
        return parent.Unwrap(name.WrapPurpose, path.Wrapped);
    }

    private sealed record KeyPath(SealedKey OrganizationKey, byte[] Wrapped, KeyName? Parent, byte[] ParentWrapped);
}

/// <summary>A version of an organization's key, as it is stored.</summary>
internal sealed record SealedKey(int Version, byte[] Sealed)
{
    public static SealedKey Read(Npgsql.NpgsqlDataReader row) => new(row.GetInt32(0), row.GetFieldValue<byte[]>(1));
}
