using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Cases;

/// <summary>Reads cases, in a transaction or outside of one. The organization stands inside every query, and the key is read by the statement that reads what it opens.</summary>
internal static class CaseReads
{
    /// <summary>What <see cref="Row"/> takes; conditions follow.</summary>
    public const string Select =
        """
        SELECT f.id, f.reference_sealed, f.name_sealed, f.birth_date_sealed, f.created_at, f.created_by, f.updated_at, f.updated_by, f.version,
            f.erased_at, f.erased_by, f.erase_reason, o.version, o.key_sealed, k.wrapped
        FROM case_file AS f
        LEFT JOIN wrapped_key AS k ON k.id = f.id AND k.organization_id = f.organization_id AND k.purpose = 'case'
        LEFT JOIN organization_key AS o ON o.organization_id = k.organization_id AND o.version = k.organization_key_version
        """;

    public static Task<CaseView?> FindAsync(DatabaseSession session, KeyRing keys, OrganizationId organization, CaseId id, CancellationToken cancellationToken) => session.FirstAsync(
        new Sql($"{Select} WHERE f.id = $1 AND f.organization_id = $2", id.Value, organization.Value), row => Row(row, organization, keys), cancellationToken);

    /// <exception cref="Actors.Ports.SealBrokenException">A key or a field was altered.</exception>
    public static CaseView Row(NpgsqlDataReader row, OrganizationId organization, KeyRing keys)
    {
        CaseId id = new(row.GetGuid(0));
        CaseFields? fields = null;
        // Without a key it is erased; or its master key was lost, which is the same.
        if (!row.IsDBNull(13) && !row.IsDBNull(1))
        {
            using SecretKey key = keys.Unwrap(KeyName.OfCase(organization, id), new SealedKey(row.GetInt32(12), row.GetFieldValue<byte[]>(13)), row.GetFieldValue<byte[]>(14));
            fields = new SealedCase(row.GetFieldValue<byte[]>(1), Bytes(row, 2), Bytes(row, 3)).Open(id, key);
        }

        return new CaseView(
            id, fields?.Reference, fields?.Name, fields?.BirthDate, row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetString(7),
            row.GetInt64(8), row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9), row.IsDBNull(10) ? null : row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11));
    }

    private static byte[]? Bytes(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
