using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>The gateways of every organization, for whoever runs the installation.</summary>
public sealed class InstallationGateways(StepCloudDatabase database)
{
    private const string Select =
        """
        SELECT g.id, g.name, g.organization_id, o.name, s.name, g.serial, g.created_at, g.revoked_at
        FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id JOIN site AS s ON s.id = g.site_id
        """;

    /// <param name="organization">Null for all.</param>
    public async Task<IReadOnlyList<InstallationGateway>> ListAsync(OrganizationId? organization, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql($"{Select} WHERE $1::uuid IS NULL OR g.organization_id = $1 ORDER BY o.name, g.organization_id, g.id", organization?.Value),
            Read, cancellationToken);

    public Task<InstallationGateway?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Select} WHERE g.id = $1", gateway.Value), Read, cancellationToken);

    private static InstallationGateway Read(NpgsqlDataReader reader) => new(
        new GatewayId(reader.GetGuid(0)), reader.GetString(1), new OrganizationId(reader.GetGuid(2)), reader.GetString(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7));
}

/// <param name="UnpairedAt">Since when it may not come in; null while it is paired.</param>
public sealed record InstallationGateway(
    GatewayId Id, string Name, OrganizationId Organization, string OrganizationName, string SiteName, string? Serial, DateTimeOffset CreatedAt,
    DateTimeOffset? UnpairedAt);
