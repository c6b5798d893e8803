using Dapper;
using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What an installation begins with.</summary>
public sealed class InstallationStore(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>True until the first user is made.</summary>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(new CommandDefinition(
            "SELECT NOT EXISTS (SELECT FROM app_user)", cancellationToken: cancellationToken));
    }

    /// <summary>Makes the organizations, sites and users in one transaction, unless somebody made users before.</summary>
    /// <returns>False when the installation was not empty any more; nothing was written.</returns>
    public async Task<bool> CreateAsync(NewInstallation installation, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        Task ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(new CommandDefinition(
            sql, parameters, transaction, cancellationToken: cancellationToken));

        await ExecuteAsync("LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE");
        if (await connection.QuerySingleAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT FROM app_user)", transaction: transaction, cancellationToken: cancellationToken))) return false;

        DateTime now = clock.GetUtcNow().UtcDateTime;
        if (installation.Organization is { } organization)
        {
            await ExecuteAsync(
                "INSERT INTO organization (id, name, created_at, updated_at) VALUES (@id, @name, @now, @now)",
                new { id = organization.Id.Value, name = organization.Name, now });
            await ExecuteAsync(
                "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES (@id, @organization, @name, @now, @now)",
                new { id = organization.Site.Value, organization = organization.Id.Value, name = organization.SiteName, now });
        }

        foreach (NewUser user in installation.Users)
        {
            await ExecuteAsync(
                """
                INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
                VALUES (@id, @organization, @Email, @Name, @PasswordHash, @roles, @now, @now)
                """,
                new
                {
                    id = user.Id.Value, organization = user.Organization?.Value, user.Email, user.Name, user.PasswordHash,
                    roles = user.Roles.ToArray(), now,
                });
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}

/// <param name="Organization">Null for an installation that begins with its administrator alone.</param>
public sealed record NewInstallation(NewOrganization? Organization, IReadOnlyList<NewUser> Users);

public sealed record NewOrganization(OrganizationId Id, string Name, SiteId Site, string SiteName);

/// <param name="Organization">Null for an administrator of the installation.</param>
/// <param name="PasswordHash">In the PHC string format.</param>
public sealed record NewUser(UserId Id, OrganizationId? Organization, string Email, string Name, string PasswordHash, IReadOnlyList<string> Roles);
