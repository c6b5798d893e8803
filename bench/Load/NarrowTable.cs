using System.Globalization;
using Npgsql;

namespace StepCloud.Bench.Load;

/// <summary>The plain way to keep samples: a row for each, with a primary key, in the same PostgreSQL.</summary>
internal sealed class NarrowTable(NpgsqlConnection connection, long rows, DateTimeOffset start, TimeSpan length)
{
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        // As many steps over the same year, each with so many fewer samples.
        long perStep = Math.Max(1, rows / 10_000);
        await StoredDevices.RunAsync(connection, string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE narrow (device uuid NOT NULL, time timestamptz NOT NULL, series smallint NOT NULL, value double precision NOT NULL, PRIMARY KEY (device, series, time));
            INSERT INTO narrow
            SELECT '{Guid.Empty}', timestamptz '{start:O}' + step * interval '{length.TotalSeconds * perStep / rows:F6} s' + i * interval '0.1 s', 1,
                round((40 + 15 * sin(step * 0.7 + i / 2000.0) + random() * 0.6)::numeric, 2)::double precision
            FROM generate_series(0, {(rows / perStep) - 1}) AS step, generate_series(0, {perStep - 1}) AS i;
            """), cancellationToken);
        await StoredDevices.RunAsync(connection, "VACUUM (ANALYZE) narrow", cancellationToken);
    }

    /// <summary>The extremes of each pixel column, with its first and last time.</summary>
    public async Task<int> ChartAsync(DateTimeOffset from, DateTimeOffset to, int width, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT floor(extract(epoch FROM time - $1) / $3)::integer AS pixel, min(value), max(value), min(time), max(time)
            FROM narrow WHERE device = $4 AND series = 1 AND time >= $1 AND time < $2 GROUP BY 1 ORDER BY 1
            """,
            connection)
        {
            CommandTimeout = 0,
        };
        foreach (object value in (object[])[from.ToUniversalTime(), to.ToUniversalTime(), (to - from).TotalSeconds / width, Guid.Empty])
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        int columns = 0;
        while (await reader.ReadAsync(cancellationToken)) columns++;
        return columns;
    }

    public async Task<double> BytesPerSampleAsync(CancellationToken cancellationToken) =>
        (long)(await StoredDevices.ScalarAsync(connection, "SELECT pg_total_relation_size('narrow')", cancellationToken))! / (double)rows;
}
