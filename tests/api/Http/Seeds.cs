using Microsoft.Extensions.DependencyInjection;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Http;

/// <summary>An organization with one site.</summary>
public sealed record Shop(OrganizationId Organization, SiteId Site, string OwnerEmail);

/// <summary>What stands in the database before a test begins.</summary>
internal sealed class Seeds(IServiceProvider services, TestDatabase database)
{
    public const string Password = "correct horse battery staple";

    private static string? s_hash;

    /// <summary>The first organization and the administrator, as an installation begins.</summary>
    public async Task<(Shop Shop, string AdministratorEmail)> InstallAsync()
    {
        string hash = await HashAsync();
        NewOrganization organization = new(NewOrganizationId(), "Own", SiteId.New(TimeProvider.System), "Own workshop");
        NewUser owner = new(UserId.New(TimeProvider.System), organization.Id, "owner@own.example", "Own owner", hash, [Roles.Owner]);
        NewUser administrator = new(UserId.New(TimeProvider.System), null, "admin@stepcloud.example", "Admin", hash, [Roles.Administrator]);
        InstallationStore store = services.GetRequiredService<InstallationStore>();
        await store.CreateAsync(new NewInstallation(organization, [owner, administrator]), AuditDoer.System("test"), CancellationToken.None);
        return (new Shop(organization.Id, organization.Site, owner.Email), administrator.Email);
    }

    public async Task<Shop> AddShopAsync(string name)
    {
        OrganizationId organization = NewOrganizationId();
        SiteId site = SiteId.New(TimeProvider.System);
        await database.ExecuteAsync(
            "INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, $2, now(), now())", organization.Value, name);
        await database.ExecuteAsync(
            "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())",
            site.Value, organization.Value, name + " workshop");
        return new Shop(organization, site, await AddUserAsync(organization, Roles.Owner));
    }

    /// <param name="organization">Null for an administrator of the installation.</param>
    /// <returns>The e-mail address.</returns>
    public async Task<string> AddUserAsync(OrganizationId? organization, string role)
    {
        UserId id = UserId.New(TimeProvider.System);
        string email = $"{role}-{id}@example.org";
        await database.ExecuteAsync(
            """
            INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
            VALUES ($1, $2, $3, 'Somebody', $4, ARRAY[$5], now(), now())
            """,
            id.Value, organization?.Value ?? (object)DBNull.Value, email, await HashAsync(), role);
        return email;
    }

    private static OrganizationId NewOrganizationId() => OrganizationId.New(TimeProvider.System);

    // One password for everybody: the hash is what costs.
    private async Task<string> HashAsync() =>
        s_hash ??= await services.GetRequiredService<IPasswordHasher>().HashAsync(Password, CancellationToken.None);
}
