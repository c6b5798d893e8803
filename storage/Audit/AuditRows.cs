using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>How rows of the audit are read.</summary>
internal static class AuditRows
{
    public const string EntryColumns =
        """
        chain_id, sequence, at, doer_kind, doer_id, remote_address, agent, action, subject_kind, subject_id,
        old_values::text, new_values::text, previous_hash, hash
        """;

    public const string HeadColumns = "chain_id, sequence, hash, signed_at, kid, jws";

    public static OrganizationId? Organization(NpgsqlDataReader reader) =>
        reader.GetGuid(0) is var id && id == Guid.Empty ? null : new OrganizationId(id);

    public static AuditEntry Entry(NpgsqlDataReader reader) => new(
        Organization(reader),
        reader.GetInt64(1),
        reader.GetFieldValue<DateTimeOffset>(2),
        reader.GetString(3),
        reader.IsDBNull(4) ? null : reader.GetGuid(4),
        reader.GetString(5),
        reader.GetString(6),
        reader.GetString(7),
        reader.GetString(8),
        reader.GetString(9),
        reader.IsDBNull(10) ? null : reader.GetString(10),
        reader.IsDBNull(11) ? null : reader.GetString(11),
        reader.GetFieldValue<byte[]>(12),
        reader.GetFieldValue<byte[]>(13));

    public static AuditHead Head(NpgsqlDataReader reader) => new(
        Organization(reader),
        reader.GetInt64(1),
        reader.GetFieldValue<byte[]>(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        reader.GetString(4),
        reader.GetString(5));
}
