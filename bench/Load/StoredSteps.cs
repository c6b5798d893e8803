using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Bench.Processes;
using StepCloud.Storage;

namespace StepCloud.Bench.Load;

/// <summary>
/// Steps of some devices over a year, written straight into the tables by SQL: no gateway sent them. Their ids are UUIDv7 of their times, so
/// they lie in the partitions of their months. The newest of each device have a series of 200 values and a log of a line; the others have none.
/// </summary>
internal sealed class StoredSteps(NpgsqlDataSource source, Guid organization, IReadOnlyList<Guid> devices, DateTimeOffset end)
{
    /// <summary>That many of the newest steps have their series and log.</summary>
    private const int WholeSteps = 1000;

    private const string SettingsJson = """{"layer_um": 50, "exposure_s": 1.5, "resin": "model", "heater": true}""";

    private static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    private long _stored;

    /// <summary>The partitions of a year, as the server makes them.</summary>
    public static async Task MakePartitionsAsync(OwnServer server, TimeProvider time, CancellationToken cancellationToken)
    {
        // It makes those from one month before its clock's to three months after.
        for (int months = -12; months <= 0; months += 3)
        {
            var partitions = new StepPartitions(server.Service<StepCloudDatabase>(), new Shifted(time, months), NullLogger<StepPartitions>.Instance);
            await partitions.EnsureAheadAsync(cancellationToken);
        }
    }

    /// <summary>As many as there shall be then; those before lie between them.</summary>
    public async Task GrowToAsync(long count, CancellationToken cancellationToken)
    {
        long added = count - _stored, half = added / 2;
        await Task.WhenAll(WriteAsync(count, added, 0, half, cancellationToken), WriteAsync(count, added, half, added, cancellationToken));
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await StoredDevices.RunAsync(connection, $"""
            CREATE TEMPORARY TABLE whole AS SELECT id, device_id, started FROM step_event WHERE organization_id = '{organization}' ORDER BY id DESC LIMIT {WholeSteps};
            INSERT INTO step_series (
                step_id, ordinal, name, unit, kind, chart, device_id, starts, is_long, sample_count, mean, first_time_us, first_value, last_time_us, last_value,
                min_time_us, min_value, max_time_us, max_value, p05, p50, p95, interval_us, samples)
                SELECT id, 0, 'temperature', '°C', 1, 1, device_id, started, false, 200, 25, 0, 20, 199000000, 30, 0, 20, 199000000, 30, 20, 25, 30, 1000000, s.samples
                FROM whole, (SELECT '\x00'::bytea || string_agg(
                    int8send(n * 1000000::bigint) || float8send(round((20 + 10 * sin(n / 30.0))::numeric, 2)::double precision), ''::bytea ORDER BY n) AS samples
                             FROM generate_series(0, 199) AS n) AS s
                ON CONFLICT DO NOTHING;
            INSERT INTO step_log (step_id, ordinal, kind, label, lines) SELECT id, 0, 3, 'build', ARRAY['Finished without a fault.'] FROM whole ON CONFLICT DO NOTHING;
            DROP TABLE whole;
            INSERT INTO device_head (device_id, organization_id, step_id, received)
                SELECT DISTINCT ON (device_id) device_id, organization_id, id, received FROM step_event ORDER BY device_id, id DESC
                ON CONFLICT (device_id) DO UPDATE SET step_id = excluded.step_id, received = excluded.received, changes = excluded.changes;
            """, cancellationToken);
        await StoredDevices.RunAsync(connection, "ANALYZE step_event, step_series, step_log", cancellationToken);
        _stored = count;
    }

    /// <summary>Two at once, as there are two cores.</summary>
    private async Task WriteAsync(long count, long added, long from, long to, CancellationToken cancellationToken)
    {
        string begin = $"timestamptz '{end - s_year:O}'";
        await using var own = await source.OpenConnectionAsync(cancellationToken);
        await StoredDevices.RunAsync(own, $"""
            INSERT INTO step_event (
                id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, settings, series_count, log_count, sample_count, content_hash)
            SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(bits, 1, 3) || '8' || substr(bits, 4, 15))::uuid,
                d.organization_id, d.site_id, d.gateway_id, d.id, 1, at, at + interval '90 s', at + interval '91 s', 'Job ' || i,
                '{SettingsJson}', 1, 1, 200, '\x{string.Concat(Enumerable.Repeat("ab", 32))}'
            FROM generate_series({from}, {to - 1}) AS i
                CROSS JOIN LATERAL (SELECT {begin} + i * interval '{s_year.TotalMilliseconds / added:F3} ms' AS at, md5('{count} ' || i) AS bits) AS made
                JOIN (SELECT *, row_number() OVER () - 1 AS n FROM device WHERE id IN ('{string.Join("','", devices)}')) AS d ON d.n = i % {devices.Count}
            """, cancellationToken);
    }

    private sealed class Shifted(TimeProvider time, int months) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow().AddMonths(months);
    }
}
