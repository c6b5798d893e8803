using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What an installation begins with.</summary>
public sealed class InstallationStore(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly Sql AnyUser = new("SELECT EXISTS (SELECT FROM app_user)");

    private static readonly Sql AnyAdministrator = new(
        "SELECT EXISTS (SELECT FROM app_user WHERE organization_id IS NULL AND 'administrator' = ANY (roles) AND disabled_at IS NULL)");

    /// <summary>True until the first user is made.</summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken) =>
        !await database.ScalarAsync<bool>(AnyUser, cancellationToken);

    /// <summary>Whether there is somebody who can run it.</summary>
    public Task<bool> HasAdministratorAsync(CancellationToken cancellationToken) => database.ScalarAsync<bool>(AnyAdministrator, cancellationToken);

    /// <summary>Makes the first administrator: of two who try at once, one.</summary>
    public Task<FirstAdministrator> CreateAdministratorAsync(NewUser administrator, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async session =>
        {
            await session.ExecuteAsync(new Sql("LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE"), cancellationToken);
            if (await session.ScalarAsync<bool>(AnyAdministrator, cancellationToken)) return FirstAdministrator.HasOne;
            if (await session.ScalarAsync<bool>(new Sql("SELECT EXISTS (SELECT FROM app_user WHERE lower(email) = lower($1))", administrator.Email), cancellationToken))
                return FirstAdministrator.EmailTaken;
            DateTimeOffset now = clock.GetUtcNow();
            NewInstallation installation = new(null, [administrator]);
            foreach (Sql statement in Statements(installation, now)) await session.ExecuteAsync(statement, cancellationToken);
            await AuditTrail.AppendAsync(session, now, [.. Entries(installation, doer)], cancellationToken);
            return FirstAdministrator.Made;
        },
        cancellationToken);

    /// <summary>Makes the organizations, sites and users in one transaction, unless somebody made users before.</summary>
    /// <returns>False when the installation was not empty any more; nothing was written.</returns>
    public Task<bool> CreateAsync(NewInstallation installation, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async session =>
        {
            await session.ExecuteAsync(new Sql("LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE"), cancellationToken);
            if (await session.ScalarAsync<bool>(AnyUser, cancellationToken)) return false;
            DateTimeOffset now = clock.GetUtcNow();
            foreach (Sql statement in Statements(installation, now)) await session.ExecuteAsync(statement, cancellationToken);
            await AuditTrail.AppendAsync(session, now, [.. Entries(installation, doer)], cancellationToken);
            return true;
        },
        cancellationToken);

    private static IEnumerable<Sql> Statements(NewInstallation installation, DateTimeOffset now)
    {
        if (installation.Organization is { } organization)
        {
            yield return new Sql(
                "INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)",
                organization.Id.Value, organization.Name, now);
            yield return new Sql(
                "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
                organization.Site.Value, organization.Id.Value, organization.SiteName, now);
        }

        foreach (NewUser user in installation.Users)
        {
            yield return new Sql(
                """
                INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
                """,
                user.Id.Value, user.Organization?.Value, user.Email, user.Name, user.PasswordHash, user.Roles.ToArray(), now);
        }
    }

    private static IEnumerable<NewAuditEntry> Entries(NewInstallation installation, AuditDoer doer)
    {
        if (installation.Organization is { } organization)
        {
            yield return new NewAuditEntry(
                organization.Id, doer, AuditActions.OrganizationCreated, new AuditSubject(AuditSubject.Organization, organization.Id.Value),
                New: AuditValues.Of(new { name = organization.Name }));
            yield return new NewAuditEntry(
                organization.Id, doer, AuditActions.SiteCreated, new AuditSubject(AuditSubject.Site, organization.Site.Value),
                New: AuditValues.Of(new { name = organization.SiteName }));
        }

        foreach (NewUser user in installation.Users)
        {
            yield return new NewAuditEntry(
                user.Organization, doer, AuditActions.UserCreated, new AuditSubject(AuditSubject.User, user.Id.Value),
                New: AuditValues.Of(new { email = user.Email, name = user.Name, roles = user.Roles }));
        }
    }
}

/// <summary>What became of the wish to have a first administrator.</summary>
public enum FirstAdministrator
{
    Made,

    /// <summary>There is one who may come in.</summary>
    HasOne,

    /// <summary>Somebody else has the address.</summary>
    EmailTaken,
}

/// <param name="Organization">Null for an installation that begins with its administrator alone.</param>
public sealed record NewInstallation(NewOrganization? Organization, IReadOnlyList<NewUser> Users);

public sealed record NewOrganization(OrganizationId Id, string Name, SiteId Site, string SiteName);

/// <param name="Organization">Null for an administrator of the installation.</param>
/// <param name="PasswordHash">In the PHC string format.</param>
public sealed record NewUser(UserId Id, OrganizationId? Organization, string Email, string Name, string PasswordHash, IReadOnlyList<string> Roles);
