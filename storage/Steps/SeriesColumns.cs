using NpgsqlTypes;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>The series of many steps as the columns of <see cref="StepInsert.Text"/>.</summary>
internal sealed class SeriesColumns(InsertColumns columns)
{
    private readonly InsertColumn<Guid> _step = columns.Add<Guid>(NpgsqlDbType.Uuid);
    private readonly InsertColumn<short> _ordinal = columns.Add<short>(NpgsqlDbType.Smallint);
    private readonly InsertColumn<string> _name = columns.Add<string>(NpgsqlDbType.Text);
    private readonly InsertColumn<string> _unit = columns.Add<string>(NpgsqlDbType.Text);
    private readonly InsertColumn<short> _kind = columns.Add<short>(NpgsqlDbType.Smallint);
    private readonly InsertColumn<short> _chart = columns.Add<short>(NpgsqlDbType.Smallint);
    private readonly InsertColumn<Guid> _device = columns.Add<Guid>(NpgsqlDbType.Uuid);
    private readonly InsertColumn<DateTimeOffset> _starts = columns.Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly InsertColumn<bool> _isLong = columns.Add<bool>(NpgsqlDbType.Boolean);
    private readonly InsertColumn<int> _sampleCount = columns.Add<int>(NpgsqlDbType.Integer);
    private readonly InsertColumn<double> _mean = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<long> _firstTime = columns.Add<long>(NpgsqlDbType.Bigint);
    private readonly InsertColumn<double> _first = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<long> _lastTime = columns.Add<long>(NpgsqlDbType.Bigint);
    private readonly InsertColumn<double> _last = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<long> _minTime = columns.Add<long>(NpgsqlDbType.Bigint);
    private readonly InsertColumn<double> _min = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<long> _maxTime = columns.Add<long>(NpgsqlDbType.Bigint);
    private readonly InsertColumn<double> _max = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<double> _p05 = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<double> _p50 = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<double> _p95 = columns.Add<double>(NpgsqlDbType.Double);
    private readonly InsertColumn<long> _interval = columns.Add<long>(NpgsqlDbType.Bigint);
    private readonly InsertColumn<byte[]> _samples = columns.Add<byte[]>(NpgsqlDbType.Bytea);
    private readonly InsertColumn<byte[]> _blocks = columns.Add<byte[]>(NpgsqlDbType.Bytea);

    public void Add(StepEvent step, short ordinal, EncodedSeries encoded)
    {
        StepSeries series = step.Series[ordinal];
        SeriesSummary summary = encoded.Summary;
        _step.Add(step.Id.Value);
        _ordinal.Add(ordinal);
        _name.Add(series.Name);
        _unit.Add(series.Unit);
        _kind.Add((short)series.Kind);
        _chart.Add((short)series.Chart);
        _device.Add(step.Device.Value);
        _starts.Add(LongSteps.StartOf(step, summary));
        _isLong.Add(LongSteps.Is(step, summary));
        _sampleCount.Add(summary.Count);
        _mean.Add(summary.Mean);
        _firstTime.Add(summary.FirstTime);
        _first.Add(summary.First);
        _lastTime.Add(summary.LastTime);
        _last.Add(summary.Last);
        _minTime.Add(summary.MinTime);
        _min.Add(summary.Min);
        _maxTime.Add(summary.MaxTime);
        _max.Add(summary.Max);
        _p05.Add(encoded.Statistics.P05);
        _p50.Add(encoded.Statistics.P50);
        _p95.Add(encoded.Statistics.P95);
        _interval.Add(encoded.Statistics.Interval);
        _samples.Add(encoded.Samples);
        _blocks.Add(encoded.Blocks ?? []);
    }
}
