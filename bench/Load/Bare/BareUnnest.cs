using Npgsql;
using NpgsqlTypes;

namespace StepCloud.Bench.Load.Bare;

/// <summary>The best statements that are known for it: prepared, with arrays as parameters, all of a commit in one round trip, and a step that is there already does no harm.</summary>
internal sealed class BareUnnest : IBareWriter
{
    private const string Steps = $"INSERT INTO step_event ({BareColumns.Step}) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";

    private const string Series = $"""
        INSERT INTO step_series ({BareColumns.Series})
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) ON CONFLICT DO NOTHING
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _batch;
    private readonly BareBatch _steps;
    private readonly Guid[] _seriesSteps;

    public BareUnnest(NpgsqlConnection connection, BareBatch steps)
    {
        _connection = connection;
        _steps = steps;
        _seriesSteps = new Guid[steps.Ids.Length * steps.Step.Series.Count];
        BareColumns.Set(connection);
        _batch = new NpgsqlBatch(connection) { Timeout = 0 };
        AddSteps(Add(Steps));
        if (_seriesSteps.Length > 0) AddSeries(Add(Series));
        var heads = Add(BareColumns.Heads);
        foreach (var values in BareColumns.HeadValues(steps)) Add(heads, values, NpgsqlDbType.Uuid);
        Add(heads, steps.Received[..steps.HeadIds.Length], NpgsqlDbType.TimestampTz);
        _batch.Prepare();
    }

    public void Commit()
    {
        _steps.Renew();
        for (int i = 0; i < _seriesSteps.Length; i++) _seriesSteps[i] = _steps.Ids[i / _steps.Step.Series.Count];
        var heads = _batch.BatchCommands[^1].Parameters;
        heads[^1].Value = _steps.Received[.._steps.HeadIds.Length];
        _batch.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _batch.Dispose();
        _connection.Dispose();
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, T[] values, NpgsqlDbType type) =>
        parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });

    private NpgsqlParameterCollection Add(string text)
    {
        NpgsqlBatchCommand command = new(text);
        _batch.BatchCommands.Add(command);
        return command.Parameters;
    }

    private void AddSteps(NpgsqlParameterCollection to)
    {
        var step = _steps.Step;
        Add(to, _steps.Ids, NpgsqlDbType.Uuid);
        Add(to, Of(static owner => owner.Organization), NpgsqlDbType.Uuid);
        Add(to, Of(static owner => owner.Site), NpgsqlDbType.Uuid);
        Add(to, Of(static owner => owner.Gateway), NpgsqlDbType.Uuid);
        Add(to, Of(static owner => owner.Id), NpgsqlDbType.Uuid);
        Add(to, Same(step.Kind), NpgsqlDbType.Smallint);
        Add(to, Same(step.Started), NpgsqlDbType.TimestampTz);
        Add(to, Same(step.Ended), NpgsqlDbType.TimestampTz);
        Add(to, _steps.Received, NpgsqlDbType.TimestampTz);
        Add(to, Same(step.Label), NpgsqlDbType.Text);
        Add(to, Same(step.Settings), NpgsqlDbType.Json);
        Add(to, Same(step.SeriesCount), NpgsqlDbType.Smallint);
        Add(to, Same(step.LogCount), NpgsqlDbType.Smallint);
        Add(to, Same(step.SampleCount), NpgsqlDbType.Integer);
        Add(to, Same(step.ContentHash), NpgsqlDbType.Bytea);

        Guid[] Of(Func<BareDevice, Guid> value) => [.. _steps.Owners.Select(value)];
        T[] Same<T>(T value) => [.. Enumerable.Repeat(value, _steps.Ids.Length)];
    }

    private void AddSeries(NpgsqlParameterCollection to)
    {
        var series = _steps.Step.Series;
        Add(to, _seriesSteps, NpgsqlDbType.Uuid);
        Add(to, All(static one => one.Ordinal), NpgsqlDbType.Smallint);
        Add(to, All(static one => one.Name), NpgsqlDbType.Text);
        Add(to, All(static one => one.Unit), NpgsqlDbType.Text);
        Add(to, All(static one => one.Kind), NpgsqlDbType.Smallint);
        Add(to, All(static one => one.Chart), NpgsqlDbType.Smallint);
        Guid[] devices = [.. Enumerable.Range(0, _seriesSteps.Length).Select(i => _steps.Owners[i / series.Count].Id)];
        Add(to, devices, NpgsqlDbType.Uuid);
        Add(to, All(static one => one.Starts), NpgsqlDbType.TimestampTz);
        Add(to, All(static one => one.IsLong), NpgsqlDbType.Boolean);
        Add(to, All(static one => one.SampleCount), NpgsqlDbType.Integer);
        Add(to, All(static one => one.Samples), NpgsqlDbType.Bytea);
        for (int i = 0; i < StoredSeries.NumberCount; i++) Add(to, All(one => one.Numbers[i]), NpgsqlDbType.Bigint);
        for (int i = 0; i < StoredSeries.DoubleCount; i++) Add(to, All(one => one.Doubles[i]), NpgsqlDbType.Double);

        T[] All<T>(Func<StoredSeries, T> value) => [.. Enumerable.Range(0, _seriesSteps.Length).Select(i => value(series[i % series.Count]))];
    }
}
