using Npgsql;

namespace StepCloud.Bench.Load;

/// <summary>Devices of many organizations, written straight into the tables by SQL: no gateway announced them.</summary>
internal static class StoredDevices
{
    public const int PerOrganization = 1000;

    /// <summary>A UUIDv7 (RFC 9562 §5.7) of that time; the seed gives its other bits.</summary>
    public const string MakeId =
        """
        CREATE OR REPLACE FUNCTION pg_temp.v7(at timestamptz, seed text) RETURNS uuid LANGUAGE sql IMMUTABLE
        RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(seed), 1, 3) || '8' || substr(md5(seed), 4, 15))::uuid
        """;

    /// <summary>
    /// A thousand for each organization, the own one of whoever asks as a user among them. The words that can be searched for: model and maker,
    /// place, serial, address; and `pilot`, which only the newest fiftieth has.
    /// </summary>
    /// <returns>The devices of the own organization.</returns>
    public static async Task<IReadOnlyList<Guid>> MakeAsync(NpgsqlConnection connection, Guid organization, int count, CancellationToken cancellationToken)
    {
        await RunAsync(connection, MakeId, cancellationToken);
        await RunAsync(connection, Shops(organization, count / PerOrganization), cancellationToken);
        // The triggers would only fill in what is written here; and indices and references are made at once in a third of the time.
        string again = (string)(await ScalarAsync(connection, """
            SELECT 'SET maintenance_work_mem = ''1GB''; ALTER TABLE device ENABLE TRIGGER USER; ' || pg_get_indexdef('device_search'::regclass) || '; '
                || string_agg(format('ALTER TABLE device ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), '; ')
            FROM pg_constraint WHERE conrelid = 'device'::regclass AND contype = 'f'
            """, cancellationToken))!;
        string first = (string)(await ScalarAsync(connection, """
            SELECT 'ALTER TABLE device DISABLE TRIGGER USER; DROP INDEX device_search; ' || string_agg(format('ALTER TABLE device DROP CONSTRAINT %I', conname), '; ')
            FROM pg_constraint WHERE conrelid = 'device'::regclass AND contype = 'f'
            """, cancellationToken))!;
        await RunAsync(connection, first, cancellationToken);
        await RunAsync(connection, Devices(count), cancellationToken);
        await RunAsync(connection, again, cancellationToken);
        await RunAsync(connection, "VACUUM (ANALYZE) organization, site, gateway, device", cancellationToken);
        return (Guid[])(await ScalarAsync(connection, $"SELECT array_agg(id ORDER BY id) FROM device WHERE organization_id = '{organization}'", cancellationToken))!;
    }

    /// <summary>As long as it takes.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static string Shops(Guid organization, int count) =>
        $"""
        CREATE TEMPORARY TABLE shop AS
            SELECT i, CASE i WHEN 0 THEN '{organization}' ELSE pg_temp.v7(at, 'organization ' || i) END AS organization,
                pg_temp.v7(at, 'site ' || i) AS site, pg_temp.v7(at, 'gateway ' || i) AS gateway
            FROM generate_series(0, {count - 1}) AS i, LATERAL (SELECT now() - interval '400 days' + i * interval '1 minute' AS at) AS made;
        INSERT INTO organization (id, name, created_at, updated_at) SELECT organization, 'Laboratory ' || i, now(), now() FROM shop WHERE i > 0;
        INSERT INTO site (id, organization_id, name, created_at, updated_at) SELECT site, organization, 'Workshop ' || i, now(), now() FROM shop;
        INSERT INTO gateway (id, organization_id, site_id, name, serial, created_at, updated_at)
            SELECT gateway, organization, site, 'Gateway ' || i, 'GW-' || i, now(), now() FROM shop;
        CREATE UNIQUE INDEX ON shop (i);
        ANALYZE shop;
        """;

    private static string Devices(int count) =>
        $"""
        INSERT INTO device (
            id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, serial, network_address, created_at, updated_at, created_by, updated_by)
        SELECT pg_temp.v7(at, 'device ' || s.i), organization, site, gateway, m.id, 'source-' || s.i / {count / PerOrganization}, m.name, 'http',
            (ARRAY['Window', 'Door', 'Cellar', 'Attic', 'Hall', 'Office', 'Milling room', 'Upper floor', 'Lower floor', 'Workbench'])[1 + s.i % 7 + s.i % 4]
                || ' ' || s.i % 97 || CASE WHEN s.i > {count} * 0.98 THEN ' pilot' ELSE '' END,
            'SN' || lpad(to_hex(s.i * 2654435761 % 4294967296), 8, '0'), '10.' || s.i / 65536 || '.' || s.i / 256 % 256 || '.' || s.i % 256, at, at, 'system', 'system'
        FROM generate_series(0, {count - 1}) AS s (i)
            JOIN shop ON shop.i = s.i % {count / PerOrganization}
            JOIN (SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS n FROM device_model) AS m ON m.n = (s.i / {count / PerOrganization} + s.i) % 10,
            LATERAL (SELECT now() - interval '365 days' + s.i * interval '30 seconds' AS at) AS made
        ORDER BY s.i
        """;
}
