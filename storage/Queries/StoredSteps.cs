using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>Reads many steps whole, with three statements for some of them at a time.</summary>
internal sealed class StoredSteps(StepCloudDatabase database)
{
    private const int StepsPerReadMax = 100;

    /// <summary>16 bytes each when they are unpacked. A step of more is read alone.</summary>
    private const long SamplesPerReadMax = 500_000;

    /// <summary>Cuts a list into parts of which each can be held in memory.</summary>
    public static IEnumerable<IReadOnlyList<StepId>> InReads(IEnumerable<(StepId Step, int Samples)> listed)
    {
        List<StepId> steps = [];
        long samples = 0;
        foreach ((StepId step, int count) in listed)
        {
            if (steps.Count > 0 && (steps.Count == StepsPerReadMax || samples + count > SamplesPerReadMax))
            {
                yield return steps;
                (steps, samples) = ([], 0);
            }

            steps.Add(step);
            samples += count;
        }

        if (steps.Count > 0) yield return steps;
    }

    /// <summary>Those that are there, in the order of their ids.</summary>
    public Task<List<StoredStep>> ReadAsync(IReadOnlyList<StepId> steps, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. steps.Select(step => step.Value)];
        return database.ReadAsync(
            async session =>
            {
                session.WaitAsLongAsItTakes();
                List<StoredStep> found = await session.ListAsync(new Sql($"{StepQueries.SelectStoredStep} WHERE id = ANY ($1) ORDER BY id", ids), ReadStep, cancellationToken);
                Dictionary<StepId, StoredStep> byId = found.ToDictionary(step => step.Row.Id);
                await session.ForEachAsync(
                    new Sql($"SELECT {SeriesQueries.Columns}, samples, step_id FROM step_series WHERE step_id = ANY ($1) ORDER BY step_id, ordinal", ids),
                    row => byId.GetValueOrDefault(new StepId(row.GetGuid(19)))?.Series.Add(ReadSeries(row)), cancellationToken);
                await session.ForEachAsync(
                    new Sql("SELECT kind, label, lines, step_id FROM step_log WHERE step_id = ANY ($1) ORDER BY step_id, ordinal", ids),
                    row => byId.GetValueOrDefault(new StepId(row.GetGuid(3)))?.Logs.Add(StepQueries.ReadLog(row)), cancellationToken);
                return found;
            },
            cancellationToken);
    }

    private static StoredStep ReadStep(NpgsqlDataReader row) => new(StepQueries.ReadStep(row), row.GetInt64(16), new OrganizationId(row.GetGuid(17)), [], []);

    private static StoredSeries ReadSeries(NpgsqlDataReader row)
    {
        SeriesAggregates aggregates = SeriesQueries.Read(row);
        bool isThinned = row.IsDBNull(18);
        StepSeries series = new(aggregates.Name, aggregates.Unit, aggregates.Kind, aggregates.Chart, [], []) { IsThinned = isThinned };
        if (isThinned) return new StoredSeries(series, aggregates, null);
        try
        {
            (long[] times, double[] values) = SeriesCodec.Decode(row.GetFieldValue<byte[]>(18), aggregates.SampleCount);
            return new StoredSeries(series with { TimesMicroseconds = times, Values = values }, aggregates, null);
        }
        catch (InvalidDataException e)
        {
            return new StoredSeries(series, aggregates, e.Message);
        }
    }
}

internal sealed record StoredStep(StepRow Row, long Position, OrganizationId Organization, List<StoredSeries> Series, List<StepLog> Logs)
{
    public bool IsThinned => Series.Any(series => series.Series.IsThinned);

    /// <summary>Value by value, where there still are values.</summary>
    public long Samples => Series.Sum(one => one.Series.IsThinned || one.Unreadable is not null ? one.Aggregates.SampleCount : (long)one.Series.Values.Length);
}

/// <param name="Unreadable">What is wrong with the samples; null when they can be read, or are not there.</param>
internal sealed record StoredSeries(StepSeries Series, SeriesAggregates Aggregates, string? Unreadable);
