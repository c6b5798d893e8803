using System.Globalization;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>What the plans of organizations leave room for.</summary>
public sealed class Quotas(StepCloudDatabase database, TimeProvider clock)
{
    private const string Usage =
        """
        SELECT p.name, p.gateways_max, p.devices_max, p.users_max, p.steps_per_day_max, p.recordings_max, p.recording_bytes_max,
            (SELECT count(*) FROM gateway WHERE organization_id = o.id AND archived_at IS NULL AND revoked_at IS NULL),
            (SELECT count(*) FROM device WHERE organization_id = o.id AND archived_at IS NULL),
            (SELECT count(*) FROM app_user WHERE organization_id = o.id AND archived_at IS NULL AND disabled_at IS NULL),
            coalesce((SELECT steps FROM steps_of_day WHERE organization_id = o.id AND day = $1), 0),
            r.recordings, r.bytes, o.id, o.name
        FROM organization AS o JOIN plan AS p ON p.name = o.plan
        CROSS JOIN LATERAL (
            SELECT count(*) AS recordings, coalesce(sum(greatest(declared_bytes, received_bytes)), 0)::bigint AS bytes
            FROM recording WHERE organization_id = o.id) AS r
        """;

    /// <summary>All of them, as they stand now.</summary>
    public Task<IReadOnlyList<Quota>?> FindAsync(OrganizationId organization, CancellationToken cancellationToken) => database.FirstAsync(
        Select(organization, clock.GetUtcNow()), Read, cancellationToken);

    /// <summary>Those of all organizations that are in use. For what need not be quick: it counts everything.</summary>
    public Task<List<OrganizationQuotas>> ListAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(Usage + " WHERE o.archived_at IS NULL ORDER BY o.id", Today(clock.GetUtcNow())),
        reader => new OrganizationQuotas(new OrganizationId(reader.GetGuid(13)), reader.GetString(14), Read(reader)),
        cancellationToken);

    /// <summary>
    /// To be called when the new one is in its place. Holds the organization until the commit, so that two who come at once do not both get the
    /// last place.
    /// </summary>
    /// <param name="added">How much of it is new.</param>
    /// <returns>The bound that is passed, as it was before; null when there was room.</returns>
    internal static async Task<Quota?> FindPassedAsync(
        DatabaseSession transaction, OrganizationId organization, QuotaKind kind, DateTimeOffset now, CancellationToken cancellationToken, long added = 1)
    {
        await transaction.ExecuteAsync(
            new Sql("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization.Value), cancellationToken);
        IReadOnlyList<Quota> all = await transaction.FirstAsync(Select(organization, now), Read, cancellationToken)
            ?? throw new InvalidOperationException($"There is no organization {organization}.");
        Quota quota = all.First(candidate => candidate.Kind == kind);
        return quota.Used > quota.Max ? quota with { Used = quota.Used - added } : null;
    }

    /// <summary>As <see cref="FindPassedAsync"/>, for a transaction that ends here.</summary>
    /// <exception cref="QuotaReachedException">There was no room.</exception>
    internal static async Task RequireAsync(
        DatabaseSession transaction, OrganizationId organization, QuotaKind kind, DateTimeOffset now, CancellationToken cancellationToken, long added = 1)
    {
        if (await FindPassedAsync(transaction, organization, kind, now, cancellationToken, added) is { } quota) throw new QuotaReachedException(quota);
    }

    private static Sql Select(OrganizationId organization, DateTimeOffset now) => new(Usage + " WHERE o.id = $2", Today(now), organization.Value);

    private static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime);

    private static IReadOnlyList<Quota> Read(Npgsql.NpgsqlDataReader reader)
    {
        string plan = reader.GetString(0);
        Quota Of(QuotaKind kind, int column) =>
            new(kind, plan, reader.GetInt64(column + 6), reader.IsDBNull(column) ? null : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture));
        return
        [
            Of(QuotaKind.Gateways, 1), Of(QuotaKind.Devices, 2), Of(QuotaKind.Users, 3), Of(QuotaKind.StepsPerDay, 4),
            Of(QuotaKind.Recordings, 5), Of(QuotaKind.RecordingBytes, 6),
        ];
    }
}

/// <summary>What an organization has of what its plan bounds.</summary>
public sealed record OrganizationQuotas(OrganizationId Organization, string Name, IReadOnlyList<Quota> All);
