using Dapper;
using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What users see of sites and devices. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class DeviceQueries(NpgsqlDataSource database)
{
    private const string SelectDevice =
        """
        SELECT d.id, d.site_id AS "SiteId", s.name AS "SiteName", d.gateway_id AS "GatewayId", m.name AS "Model", m.kind AS "Kind",
               d.model AS "AnnouncedModel", d.source, d.interface, d.label, d.serial, d.network_address AS "NetworkAddress",
               d.created_at AS "CreatedAt"
        FROM device AS d JOIN site AS s ON s.id = d.site_id JOIN device_model AS m ON m.id = d.model_id
        WHERE s.organization_id = @organization
        """;

    public async Task<IReadOnlyList<SiteRow>> ListSitesAsync(OrganizationId organization, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<SiteRow>(new CommandDefinition(
                "SELECT id, name FROM site WHERE organization_id = @organization ORDER BY name, id",
                new { organization = organization.Value }, cancellationToken: cancellationToken)),
        ];
    }

    /// <summary>A page of the organization's devices by id, after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<DeviceRow>> ListAsync(
        OrganizationId organization, DeviceId? after, int countMax, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<DeviceRow>(new CommandDefinition(
                $"{SelectDevice} AND d.id > @after ORDER BY d.id LIMIT @countMax",
                new { organization = organization.Value, after = after?.Value ?? Guid.Empty, countMax }, cancellationToken: cancellationToken)),
        ];
    }

    public async Task<DeviceRow?> FindAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<DeviceRow>(new CommandDefinition(
            $"{SelectDevice} AND d.id = @device", new { organization = organization.Value, device = device.Value },
            cancellationToken: cancellationToken));
    }
}

public sealed record SiteRow(Guid Id, string Name);

/// <param name="Model">The catalogue's model; `default` when none matched what the device told.</param>
/// <param name="AnnouncedModel">What the device told, word for word.</param>
public sealed record DeviceRow(
    Guid Id,
    Guid SiteId,
    string SiteName,
    Guid GatewayId,
    string Model,
    string Kind,
    string AnnouncedModel,
    string Source,
    string Interface,
    string Label,
    string? Serial,
    string? NetworkAddress,
    DateTime CreatedAt);
