using Npgsql;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load.Bare;

/// <summary>A row of <c>step_event</c> and its rows of <c>step_series</c> as the server wrote them: what PostgreSQL alone is given again and again, under new ids.</summary>
internal sealed record StoredStep(
    short Kind, DateTimeOffset Started, DateTimeOffset Ended, string Label, string Settings, short SeriesCount, short LogCount, int SampleCount, byte[] ContentHash)
{
    public IReadOnlyList<StoredSeries> Series { get; private init; } = [];

    /// <summary>The newest that is there. One that tells an outcome, a job or a sequence, or has logs, is not what is sent here.</summary>
    /// <exception cref="BenchException">There is none.</exception>
    public static async Task<StoredStep> ReadNewestAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        StoredStep step;
        Guid id;
        await using (NpgsqlCommand command = new(
            """
            SELECT id, kind, started, ended, label, settings::text, series_count, log_count, sample_count, content_hash
            FROM step_event WHERE outcome IS NULL AND job IS NULL AND sequence IS NULL AND log_count = 0 ORDER BY id DESC LIMIT 1
            """,
            connection))
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken)) throw new BenchException("The server has stored no step.");
            id = row.GetGuid(0);
            step = new StoredStep(
                row.GetInt16(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4), row.GetString(5),
                row.GetInt16(6), row.GetInt16(7), row.GetInt32(8), row.GetFieldValue<byte[]>(9));
        }

        return step with { Series = await StoredSeries.ReadAsync(connection, id, cancellationToken) };
    }
}

/// <param name="Numbers">first_time_us, last_time_us, min_time_us, max_time_us, interval_us.</param>
/// <param name="Doubles">mean, first_value, last_value, min_value, max_value, p05, p50, p95.</param>
internal sealed record StoredSeries(
    short Ordinal, string Name, string Unit, short Kind, short Chart, DateTimeOffset Starts, bool IsLong, int SampleCount, long[] Numbers, double[] Doubles, byte[] Samples)
{
    public const string NumberColumns = "first_time_us, last_time_us, min_time_us, max_time_us, interval_us";
    public const string DoubleColumns = "mean, first_value, last_value, min_value, max_value, p05, p50, p95";
    public const int NumberCount = 5, DoubleCount = 8;

    /// <exception cref="BenchException">One has a table of blocks: it is longer than what is sent here.</exception>
    public static async Task<IReadOnlyList<StoredSeries>> ReadAsync(NpgsqlConnection connection, Guid step, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"""
            SELECT blocks IS NULL, ordinal, name, unit, kind, chart, starts, is_long, sample_count, samples, {NumberColumns}, {DoubleColumns}
            FROM step_series WHERE step_id = $1 ORDER BY ordinal
            """,
            connection)
        {
            Parameters = { new() { Value = step } },
        };
        List<StoredSeries> all = [];
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            if (!row.GetBoolean(0)) throw new BenchException("A series is longer than a block.");
            all.Add(new StoredSeries(
                row.GetInt16(1), row.GetString(2), row.GetString(3), row.GetInt16(4), row.GetInt16(5), row.GetFieldValue<DateTimeOffset>(6), row.GetBoolean(7), row.GetInt32(8),
                [.. Enumerable.Range(10, NumberCount).Select(row.GetInt64)], [.. Enumerable.Range(10 + NumberCount, DoubleCount).Select(row.GetDouble)], row.GetFieldValue<byte[]>(9)));
        }

        return all;
    }
}
