using System.Globalization;
using Npgsql;
using StepCloud.Actors;
using StepCloud.Actors.Devices;
using StepCloud.Actors.Ports;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;
using StepCloud.Contracts.Devices;

namespace StepCloud.Bench.Load;

/// <summary>
/// Steps of the year before, of the gateways' own devices and of the size that they send, written by SQL into the partitions that the server has for them. All
/// indices and the heads of the devices are there, as after steps that were sent.
/// </summary>
internal sealed class StoredPast(OwnServer owner, IReadOnlyList<SignedInGateway> gateways, TimeProvider time, Action<string> say)
{
    /// <summary>A row of such a step with its entries in the indices (<see cref="BytesAsync"/> tells how much that is), and nearly half as much again to be safe.</summary>
    private const long BytesPerStep = 1000;

    private const long BytesLeftFree = 4L << 30;

    private const string Empty = "'{}'";

    private const long ChunkSteps = 200_000;

    private static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    private readonly string _begin = (time.GetUtcNow() - s_year).ToString("O", CultureInfo.InvariantCulture);

    /// <exception cref="BenchException">The disk has no room for so many.</exception>
    public static void RequireRoom(string folder, long count)
    {
        DriveInfo disk = new(folder);
        long needed = (count * BytesPerStep) + BytesLeftFree;
        if (disk.AvailableFreeSpace >= needed) return;
        throw new BenchException(
            $"{count:N0} steps take about {count * BytesPerStep / 1e9:N0} GB and a run {BytesLeftFree / 1e9:N0} GB more, and the disk of {folder} has {disk.AvailableFreeSpace / 1e9:N0} GB free. "
            + $"Ask for fewer (--stored {Math.Max(0, (disk.AvailableFreeSpace - BytesLeftFree) / BytesPerStep)} at most), or let TMPDIR name a folder on another disk.");
    }

    /// <param name="labelChars">As many as the label of a step that is sent has.</param>
    public async Task StoreAsync(long count, int labelChars, CancellationToken cancellationToken)
    {
        await StoredSteps.MakePartitionsAsync(owner, time, cancellationToken);
        // Two at once, as there are two cores; each goes through its own half of the year.
        long half = count / 2, stored = 0;
        await Task.WhenAll(WriteAsync(0, half), WriteAsync(half, count));
        await using var connection = await owner.Service<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        say("The stored steps are tidied up ...");
        await StoredDevices.RunAsync(connection, """
            INSERT INTO device_head (device_id, organization_id, step_id, received)
            SELECT d.id, newest.organization_id, newest.id, newest.received
            FROM device AS d CROSS JOIN LATERAL (SELECT e.organization_id, e.id, e.received FROM step_event AS e WHERE e.device_id = d.id ORDER BY e.id DESC LIMIT 1) AS newest
            ON CONFLICT (device_id) DO UPDATE SET step_id = excluded.step_id, received = excluded.received, changes = excluded.changes
            """, cancellationToken);
        await StoredDevices.RunAsync(connection, "VACUUM (ANALYZE) step_event", cancellationToken);
        await FollowAsync(connection, cancellationToken);

        async Task WriteAsync(long from, long to)
        {
            await using var own = await owner.Service<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
            // Only that what is measured later is durable matters.
            await StoredDevices.RunAsync(own, "SET synchronous_commit = off", cancellationToken);
            for (long first = from; first < to; first += ChunkSteps)
            {
                long end = Math.Min(to, first + ChunkSteps);
                await StoredDevices.RunAsync(own, Chunk(first, end, count, labelChars), cancellationToken);
                say($"{Interlocked.Add(ref stored, end - first):N0} of {count:N0} steps are stored ...");
            }
        }
    }

    /// <summary>Whatever follows steps has followed these, as it would have in the course of a year: else the server would read all of them beside what it is measured with.</summary>
    private async Task FollowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var states = owner.Service<IActorStateStore>();
        foreach (var gateway in gateways)
        {
            string of = $"FROM step_event WHERE device_id = '{gateway.Device}'";
            long count = (long)(await StoredDevices.ScalarAsync(connection, $"SELECT count(*) {of}", cancellationToken))!;
            long position = (long)(await StoredDevices.ScalarAsync(connection, $"SELECT max(position) {of}", cancellationToken))!;
            ActorDocument<DeviceDocument> document = new(states, DeviceActor.DocumentKind, gateway.Device.ToString())
            {
                State = new DeviceDocument { Twin = DeviceTwin.Empty with { Position = position, StepsStored = count } },
            };
            await document.SaveAsync(cancellationToken);
        }

        foreach (string cursor in (string[])["alarm_cursor", "job_cursor"])
        {
            await StoredDevices.RunAsync(connection, $"""
                INSERT INTO {cursor} (site_id, organization_id, step_position)
                SELECT id, organization_id, (SELECT last_value FROM step_position) FROM site
                ON CONFLICT (site_id) DO UPDATE SET step_position = excluded.step_position
                """, cancellationToken);
        }
    }

    /// <summary>What the steps take on the disk, each.</summary>
    public static async Task<double> BytesAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(
            """
            SELECT sum(pg_total_relation_size(inhrelid))::double precision / greatest(1, (SELECT count(*) FROM step_event))
            FROM pg_inherits WHERE inhparent = 'step_event'::regclass
            """);
        command.CommandTimeout = 0;
        return (double)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private string Chunk(long from, long to, long count, int labelChars) => string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO step_event (
            id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, settings, series_count, log_count, sample_count, content_hash)
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(bits, 1, 3) || '8' || substr(bits, 4, 15))::uuid,
            d.organization_id, d.site_id, d.gateway_id, d.id, 1, at, at, at, repeat('x', {labelChars}), {Empty}, 0, 0, 0, decode(bits || bits, 'hex')
        FROM generate_series({from}, {to - 1}) AS i
            CROSS JOIN LATERAL (SELECT timestamptz '{_begin}' + i * interval '{s_year.TotalMilliseconds / count:F6} ms' AS at, md5('past ' || i) AS bits) AS made
            JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM device WHERE id IN ('{string.Join("','", gateways.Select(static gateway => gateway.Device))}')) AS d
                ON d.n = i % {gateways.Count}
        """);
}
