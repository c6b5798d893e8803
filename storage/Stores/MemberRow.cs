using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>A user as a change of members meets him, held until the commit.</summary>
internal sealed record MemberRow(
    UserId Id, OrganizationId? Organization, string Name, IReadOnlyList<string> Roles, bool HasPassword, DateTimeOffset? DisabledAt)
{
    /// <summary>Makes those who change members of an organization take turns: who is the last owner is no matter of one row.</summary>
    /// <param name="organization">Null for the administrators of the installation.</param>
    public static Task TakeTurnAsync(DatabaseSession transaction, OrganizationId? organization, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        organization is { } id
            ? new Sql("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", id.Value)
            : new Sql("SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))"),
        cancellationToken);

    /// <summary>Holds the user, disabled or not.</summary>
    /// <param name="organization">Whose member he must be; null for whoever.</param>
    public static Task<MemberRow?> LockAsync(
        DatabaseSession transaction, OrganizationId? organization, UserId user, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql(
            """
            SELECT id, organization_id, name, roles, password_hash IS NOT NULL, disabled_at FROM app_user
            WHERE id = $1 AND ($2::uuid IS NULL OR organization_id = $2) FOR NO KEY UPDATE
            """,
            user.Value, organization?.Value),
        Read, cancellationToken);

    /// <summary>Whether the doer may still change members: an owner, an administrator, or the command line. He may have been another at the request's start.</summary>
    public static async Task<bool> MayChangeAsync(DatabaseSession transaction, AuditDoer doer, CancellationToken cancellationToken) =>
        doer.Kind == AuditDoerKind.System
        || await transaction.ScalarAsync<bool>(
            new Sql(
                "SELECT EXISTS (SELECT FROM app_user WHERE id = $1 AND disabled_at IS NULL AND roles && ARRAY['owner', 'administrator'])", doer.Id),
            cancellationToken);

    /// <summary>Whether somebody else has the role and may come in.</summary>
    public Task<bool> HasPeerAsync(DatabaseSession transaction, string role, CancellationToken cancellationToken) => transaction.ScalarAsync<bool>(
        new Sql(
            """
            SELECT EXISTS (
                SELECT FROM app_user WHERE organization_id IS NOT DISTINCT FROM $1::uuid AND id <> $2 AND disabled_at IS NULL AND $3 = ANY(roles))
            """,
            Organization?.Value, Id.Value, role),
        cancellationToken);

    private static MemberRow Read(NpgsqlDataReader reader) => new(
        new UserId(reader.GetGuid(0)), reader.IsDBNull(1) ? null : new OrganizationId(reader.GetGuid(1)), reader.GetString(2),
        reader.GetFieldValue<string[]>(3), reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5));
}
