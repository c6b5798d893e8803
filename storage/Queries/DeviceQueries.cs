using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What users see of sites and devices. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class DeviceQueries(StepCloudDatabase database)
{
    private const string SelectDevice =
        """
        SELECT d.id, d.site_id, s.name, d.gateway_id, m.name, m.kind, d.model, d.source, d.interface, d.label, d.serial, d.network_address, d.created_at
        FROM device AS d JOIN site AS s ON s.id = d.site_id JOIN device_model AS m ON m.id = d.model_id
        WHERE s.organization_id = $1
        """;

    public async Task<IReadOnlyList<SiteRow>> ListSitesAsync(OrganizationId organization, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql("SELECT id, name FROM site WHERE organization_id = $1 ORDER BY name, id", organization.Value),
            reader => new SiteRow(reader.GetGuid(0), reader.GetString(1)),
            cancellationToken);

    /// <summary>A page of the organization's devices by id, after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<DeviceRow>> ListAsync(
        OrganizationId organization, DeviceId? after, int countMax, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql($"{SelectDevice} AND d.id > $2 ORDER BY d.id LIMIT $3", organization.Value, after?.Value ?? Guid.Empty, countMax),
            Read,
            cancellationToken);

    public Task<DeviceRow?> FindAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{SelectDevice} AND d.id = $2", organization.Value, device.Value), Read, cancellationToken);

    private static DeviceRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetGuid(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
        reader.GetString(7), reader.GetString(8), reader.GetString(9), Text(reader, 10), Text(reader, 11),
        reader.GetFieldValue<DateTimeOffset>(12));

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
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
    DateTimeOffset CreatedAt);
