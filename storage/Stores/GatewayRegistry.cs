using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class GatewayRegistry(StepCloudDatabase database, TimeProvider clock) : IGatewayRegistry
{
    public Task<GatewayRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT organization_id, site_id, name, revoked_at IS NOT NULL FROM gateway WHERE id = $1", gateway.Value),
        reader => new GatewayRecord(
            gateway, new OrganizationId(reader.GetGuid(0)), new SiteId(reader.GetGuid(1)), reader.GetString(2), reader.GetBoolean(3)),
        cancellationToken);

    public async Task<GatewayCreation> CreateAsync(NewGateway gateway, CancellationToken cancellationToken)
    {
        // The site is looked for inside the insert, so that none can be of another organization.
        int? inserted = await database.ExecuteUnlessTakenAsync(
            new Sql(
                """
                INSERT INTO gateway (id, organization_id, site_id, name, serial, created_by, created_at, updated_at)
                SELECT $1, s.organization_id, s.id, $4, $5, $6, $7, $7 FROM site AS s WHERE s.id = $3 AND s.organization_id = $2
                """,
                gateway.Id.Value, gateway.Organization.Value, gateway.Site.Value, gateway.Name, gateway.Serial, gateway.CreatedBy.Value,
                clock.GetUtcNow()),
            cancellationToken);
        return inserted switch
        {
            null => GatewayCreation.IdTaken,
            0 => GatewayCreation.UnknownSite,
            _ => GatewayCreation.Created,
        };
    }
}
