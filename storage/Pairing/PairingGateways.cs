using System.Globalization;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

/// <summary>The gateway of a confirmed pairing: a new one, or one that is paired again and keeps its id and its history.</summary>
internal abstract record PairingGateways
{
    private PairingGateways()
    {
    }

    /// <param name="Entry">For the audit, to be written last in the transaction.</param>
    public sealed record Ready(NewAuditEntry Entry) : PairingGateways;

    public sealed record NoSite : PairingGateways
    {
        public static readonly NoSite Instance = new();
    }

    /// <summary>Another organization has a gateway of that id.</summary>
    public sealed record Foreign : PairingGateways
    {
        public static readonly Foreign Instance = new();
    }

    /// <summary>The gateway, if the organization has it; another's is not to be seen.</summary>
    public static async Task<PairedGateway?> FindKnownAsync(
        DatabaseSession transaction, OrganizationId organization, GatewayId gateway, CancellationToken cancellationToken) =>
        await transaction.FirstAsync(
            new Sql("SELECT name, site_id FROM gateway WHERE id = $1 AND organization_id = $2", gateway.Value, organization.Value),
            reader => new PairedGateway(gateway, reader.GetString(0), new SiteId(reader.GetGuid(1))),
            cancellationToken);

    public static async Task<PairingGateways> SetUpAsync(
        DatabaseSession transaction, PairingTry attempt, PairedGateway gateway, GatewayIntroduction told, AuditDoer doer, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        bool isSite = await transaction.ScalarAsync<bool>(
            new Sql("SELECT EXISTS (SELECT FROM site WHERE id = $1 AND organization_id = $2 AND archived_at IS NULL)", gateway.Site.Value, attempt.Organization.Value),
            cancellationToken);
        if (!isSite) return NoSite.Instance;

        await transaction.ActForAsync(doer, cancellationToken);
        int added = await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO gateway (id, organization_id, site_id, name, serial, software_version, hardware_version, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING
                """,
                gateway.Id.Value, attempt.Organization.Value, gateway.Site.Value, gateway.Name, told.Serial, told.SoftwareVersion, told.HardwareVersion, now),
            cancellationToken);
        Dictionary<string, string?> values = Values(
            gateway.Name, gateway.Site.Value, told.Serial, unpairedAt: null, archivedAt: null, told.SoftwareVersion, told.HardwareVersion);
        Dictionary<string, string?>? old = null;
        if (added == 0)
        {
            // Of another organization there is no such row.
            old = await transaction.FirstAsync(
                new Sql(
                    "SELECT name, site_id, serial, revoked_at, archived_at, software_version, hardware_version FROM gateway WHERE id = $1 AND organization_id = $2 FOR NO KEY UPDATE",
                    gateway.Id.Value, attempt.Organization.Value),
                reader => Values(
                    reader.GetString(0), reader.GetGuid(1), TextOf(reader, 2),
                    reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3), reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
                    TextOf(reader, 5), TextOf(reader, 6)),
                cancellationToken);
            if (old is null) return Foreign.Instance;
            // Who tells no version of its hardware has not lost it.
            values["hardware_version"] ??= old["hardware_version"];
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE gateway SET name = $2, site_id = $3, serial = $4, software_version = $5, hardware_version = $6, revoked_at = NULL, updated_at = $7,
                        archived_at = NULL, archived_by = NULL, archive_reason = NULL
                    WHERE id = $1
                    """,
                    gateway.Id.Value, gateway.Name, gateway.Site.Value, told.Serial, told.SoftwareVersion, values["hardware_version"], now),
                cancellationToken);
        }

        await Quotas.RequireAsync(transaction, attempt.Organization, QuotaKind.Gateways, now, cancellationToken);
        return new Ready(EntryOf(attempt.Organization, doer, gateway.Id, old, values));
    }

    /// <summary>With all values of a new gateway, and of a known one with those that have changed.</summary>
    private static NewAuditEntry EntryOf(
        OrganizationId organization, AuditDoer doer, GatewayId gateway, Dictionary<string, string?>? old, Dictionary<string, string?> values)
    {
        string[] told = [.. values.Keys.Where(name => old is null ? values[name] is not null : old[name] != values[name])];
        return new NewAuditEntry(
            organization, doer, AuditActions.GatewayPaired, new AuditSubject(AuditSubject.Gateway, gateway.Value), old is null ? null : Json(old), Json(values));

        string Json(Dictionary<string, string?> all) => AuditValues.Of(told.ToDictionary(name => name, name => all[name], StringComparer.Ordinal));
    }

    private static string? TextOf(Npgsql.NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static Dictionary<string, string?> Values(
        string name, Guid site, string? serial, DateTimeOffset? unpairedAt, DateTimeOffset? archivedAt, string? softwareVersion, string? hardwareVersion) => new(StringComparer.Ordinal)
    {
        // Whoever pairs a gateway of the archive brings it back.
        ["archived_at"] = archivedAt?.ToString("O", CultureInfo.InvariantCulture),
        ["name"] = name, ["site"] = site.ToString(), ["serial"] = serial, ["unpaired_at"] = unpairedAt?.ToString("O", CultureInfo.InvariantCulture),
        ["software_version"] = softwareVersion, ["hardware_version"] = hardwareVersion,
    };
}
