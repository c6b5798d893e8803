using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Tests.Support;

/// <summary>Organizations, sites, users and gateways in a test's database.</summary>
public sealed class TestInstallation
{
    private readonly TestDatabase _database;

    public TestInstallation(TestDatabase database)
    {
        _database = database;
        Stores = new StepCloudDatabase(database.Source, TimeProvider.System);
    }

    public FakeClock Clock { get; } = new();

    public StepCloudDatabase Stores { get; }

    /// <summary>An organization with a site, an owner and a gateway.</summary>
    public async Task<TestOrganization> AddOrganizationAsync(string name = "Laboratory")
    {
        OrganizationId organization = OrganizationId.New(TimeProvider.System);
        await _database.ExecuteAsync("INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, $2, now(), now())", organization.Value, name);
        SiteId site = await AddSiteAsync(organization);
        UserId owner = await AddUserAsync(organization, $"{organization}@example.com");
        return new TestOrganization(organization, owner, await AddGatewayAsync(organization, site));
    }

    public async Task<SiteId> AddSiteAsync(OrganizationId organization, string name = "Workshop")
    {
        SiteId site = SiteId.New(TimeProvider.System);
        await _database.ExecuteAsync(
            "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())", site.Value, organization.Value, name);
        return site;
    }

    public async Task<UserId> AddUserAsync(OrganizationId organization, string email)
    {
        UserId user = UserId.New(TimeProvider.System);
        await _database.ExecuteAsync(
            """
            INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
            VALUES ($1, $2, $3, 'Name', 'hash', '{owner}', now(), now())
            """,
            user.Value, organization.Value, email);
        return user;
    }

    public async Task<GatewayRecord> AddGatewayAsync(OrganizationId organization, SiteId site)
    {
        GatewayRegistry gateways = new(Stores, Clock);
        GatewayId gateway = GatewayId.New(TimeProvider.System);
        await gateways.CreateAsync(new NewGateway(gateway, organization, site, "Gateway", null), AuditDoer.System("test"), CancellationToken.None);
        return (await gateways.FindAsync(gateway, CancellationToken.None))!;
    }
}

public sealed record TestOrganization(OrganizationId Id, UserId Owner, GatewayRecord Gateway)
{
    public SiteId Site => Gateway.Site;
}
