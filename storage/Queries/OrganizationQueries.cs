using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class OrganizationQueries(StepCloudDatabase database)
{
    public Task<string?> FindNameAsync(OrganizationId organization, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT name FROM organization WHERE id = $1", organization.Value), reader => reader.GetString(0), cancellationToken);
}
