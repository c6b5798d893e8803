using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class OrganizationQueries(StepCloudDatabase database)
{
    public Task<string?> FindNameAsync(OrganizationId organization, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT name FROM organization WHERE id = $1", organization.Value), reader => reader.GetString(0), cancellationToken);

    /// <summary>All of them, in the order in which they were made.</summary>
    public async Task<IReadOnlyList<OrganizationRow>> ListAsync(CancellationToken cancellationToken) => await database.ListAsync(
        new Sql(
            """
            SELECT o.id, o.name, o.plan, o.created_at, o.archived_at,
                (SELECT count(*) FROM app_user WHERE organization_id = o.id AND archived_at IS NULL),
                (SELECT count(*) FROM gateway WHERE organization_id = o.id AND archived_at IS NULL),
                (SELECT count(*) FROM device WHERE organization_id = o.id AND archived_at IS NULL)
            FROM organization AS o ORDER BY o.created_at, o.id
            """),
        reader => new OrganizationRow(
            new OrganizationId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
            reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)),
        cancellationToken);
}

/// <param name="ArchivedAt">Null for one that is in use.</param>
/// <param name="Users">Of those that are not archived, as with gateways and devices.</param>
public sealed record OrganizationRow(
    OrganizationId Id, string Name, string Plan, DateTimeOffset CreatedAt, DateTimeOffset? ArchivedAt, long Users, long Gateways, long Devices);
