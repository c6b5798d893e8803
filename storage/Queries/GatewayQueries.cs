using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What users see of gateways. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class GatewayQueries(StepCloudDatabase database)
{
    private const string Select =
        """
        SELECT g.id, g.name, g.site_id, s.name, g.serial, g.created_at, g.revoked_at
        FROM gateway AS g JOIN site AS s ON s.id = g.site_id WHERE g.organization_id = $1
        """;

    /// <summary>A page of the organization's gateways by id, after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<GatewayRow>> ListAsync(
        OrganizationId organization, GatewayId? after, int countMax, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql($"{Select} AND g.id > $2 ORDER BY g.id LIMIT $3", organization.Value, after?.Value ?? Guid.Empty, countMax),
            Read,
            cancellationToken);

    public Task<GatewayRow?> FindAsync(OrganizationId organization, GatewayId gateway, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Select} AND g.id = $2", organization.Value, gateway.Value), Read, cancellationToken);

    private static GatewayRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetFieldValue<DateTimeOffset>(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6));
}

/// <param name="UnpairedAt">Since when it may not come in; null while it is paired.</param>
public sealed record GatewayRow(
    Guid Id, string Name, Guid SiteId, string SiteName, string? Serial, DateTimeOffset CreatedAt, DateTimeOffset? UnpairedAt);
