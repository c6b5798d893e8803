using System.Text;
using Npgsql;
using NpgsqlTypes;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Many steps as the columns that the insert statement takes; kept and filled anew for each commit.</summary>
/// <remarks>
/// All series' values of a commit travel in two arrays, and a row says from where to where its own go: PostgreSQL takes such a slice of an
/// array of fixed-length elements by its offset, whereas an array of arrays would have to be rectangular. Positions count from 1, as PostgreSQL's.
/// </remarks>
internal sealed class StepColumns
{
    private readonly List<IColumn> _columns = [];

    private readonly Column<Guid> _id;
    private readonly Column<Guid> _organization;
    private readonly Column<Guid> _site;
    private readonly Column<Guid> _gateway;
    private readonly Column<Guid> _device;
    private readonly Column<short> _kind;
    private readonly Column<DateTimeOffset> _started;
    private readonly Column<DateTimeOffset> _ended;
    private readonly Column<DateTimeOffset> _received;
    private readonly Column<string> _label;
    private readonly Column<string> _settings;
    private readonly Column<short> _seriesCount;
    private readonly Column<short> _logCount;
    private readonly Column<int> _sampleCount;
    private readonly Column<byte[]> _contentHash;

    private readonly Column<Guid> _seriesStep;
    private readonly Column<short> _seriesOrdinal;
    private readonly Column<string> _seriesName;
    private readonly Column<string> _seriesUnit;
    private readonly Column<short> _seriesKind;
    private readonly Column<short> _seriesChart;
    private readonly Column<int> _timesFrom;
    private readonly Column<int> _timesTo;
    private readonly Column<int> _valuesFrom;
    private readonly Column<int> _valuesTo;
    private readonly Column<long> _times;
    private readonly Column<double> _values;

    private readonly Column<Guid> _logStep;
    private readonly Column<short> _logOrdinal;
    private readonly Column<short> _logKind;
    private readonly Column<string> _logLabel;
    private readonly Column<string> _logLines;

    private readonly StringBuilder _literal = new();

    /// <summary>Adds the parameters in the order of <see cref="StepInsert.Text"/>'s numbers.</summary>
    public StepColumns(NpgsqlParameterCollection parameters)
    {
        _id = Add<Guid>(NpgsqlDbType.Uuid);
        _organization = Add<Guid>(NpgsqlDbType.Uuid);
        _site = Add<Guid>(NpgsqlDbType.Uuid);
        _gateway = Add<Guid>(NpgsqlDbType.Uuid);
        _device = Add<Guid>(NpgsqlDbType.Uuid);
        _kind = Add<short>(NpgsqlDbType.Smallint);
        _started = Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _ended = Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _received = Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _label = Add<string>(NpgsqlDbType.Text);
        _settings = Add<string>(NpgsqlDbType.Text);
        _seriesCount = Add<short>(NpgsqlDbType.Smallint);
        _logCount = Add<short>(NpgsqlDbType.Smallint);
        _sampleCount = Add<int>(NpgsqlDbType.Integer);
        _contentHash = Add<byte[]>(NpgsqlDbType.Bytea);

        _seriesStep = Add<Guid>(NpgsqlDbType.Uuid);
        _seriesOrdinal = Add<short>(NpgsqlDbType.Smallint);
        _seriesName = Add<string>(NpgsqlDbType.Text);
        _seriesUnit = Add<string>(NpgsqlDbType.Text);
        _seriesKind = Add<short>(NpgsqlDbType.Smallint);
        _seriesChart = Add<short>(NpgsqlDbType.Smallint);
        _timesFrom = Add<int>(NpgsqlDbType.Integer);
        _timesTo = Add<int>(NpgsqlDbType.Integer);
        _valuesFrom = Add<int>(NpgsqlDbType.Integer);
        _valuesTo = Add<int>(NpgsqlDbType.Integer);
        _times = Add<long>(NpgsqlDbType.Bigint);
        _values = Add<double>(NpgsqlDbType.Double);

        _logStep = Add<Guid>(NpgsqlDbType.Uuid);
        _logOrdinal = Add<short>(NpgsqlDbType.Smallint);
        _logKind = Add<short>(NpgsqlDbType.Smallint);
        _logLabel = Add<string>(NpgsqlDbType.Text);
        _logLines = Add<string>(NpgsqlDbType.Text);

        Column<T> Add<T>(NpgsqlDbType type)
        {
            Column<T> column = new();
            _columns.Add(column);
            parameters.Add(new NpgsqlParameter { Value = column.Values, NpgsqlDbType = NpgsqlDbType.Array | type });
            return column;
        }
    }

    public void Fill(IReadOnlyList<PendingStep> steps)
    {
        Clear();
        foreach (PendingStep step in steps)
            Add(step);
    }

    /// <summary>Lets go of the steps, and of the memory when it was unusually much.</summary>
    public void Clear() => _columns.ForEach(column => column.Clear());

    private void Add(PendingStep pending)
    {
        StepEvent step = pending.Step;
        _id.Add(step.Id.Value);
        _organization.Add(pending.Append.Origin.Organization.Value);
        _site.Add(pending.Append.Origin.Site.Value);
        _gateway.Add(pending.Append.Origin.Gateway.Value);
        _device.Add(step.Device.Value);
        _kind.Add((short)step.Kind);
        _started.Add(step.Started.ToUniversalTime());
        _ended.Add(step.Ended.ToUniversalTime());
        _received.Add(pending.Append.Received);
        _label.Add(step.Label);
        _settings.Add(step.Settings);
        _seriesCount.Add((short)step.Series.Count);
        _logCount.Add((short)step.Logs.Count);
        _sampleCount.Add(pending.SampleCount);
        _contentHash.Add(pending.ContentHash);
        for (int ordinal = 0; ordinal < step.Series.Count; ordinal++)
            Add(step, (short)ordinal, step.Series[ordinal]);
        for (int ordinal = 0; ordinal < step.Logs.Count; ordinal++)
            Add(step, (short)ordinal, step.Logs[ordinal]);
    }

    private void Add(StepEvent step, short ordinal, StepSeries series)
    {
        _seriesStep.Add(step.Id.Value);
        _seriesOrdinal.Add(ordinal);
        _seriesName.Add(series.Name);
        _seriesUnit.Add(series.Unit);
        _seriesKind.Add((short)series.Kind);
        _seriesChart.Add((short)series.Chart);
        // An empty range, which ends before it begins, is an empty array.
        _timesFrom.Add(_times.Count + 1);
        _times.AddRange(series.TimesMicroseconds);
        _timesTo.Add(_times.Count);
        _valuesFrom.Add(_values.Count + 1);
        _values.AddRange(series.Values);
        _valuesTo.Add(_values.Count);
    }

    private void Add(StepEvent step, short ordinal, StepLog log)
    {
        _logStep.Add(step.Id.Value);
        _logOrdinal.Add(ordinal);
        _logKind.Add((short)log.Kind);
        _logLabel.Add(log.Label);
        _logLines.Add(ArrayLiteral(log.Lines));
    }

    // PostgreSQL §8.15.6: in double quotes everything stands for itself but the quote and the backslash, which a backslash escapes.
    private string ArrayLiteral(string[] lines)
    {
        _literal.Clear().Append('{');
        foreach (string line in lines)
        {
            _literal.Append(_literal.Length == 1 ? "\"" : ",\"");
            int from = _literal.Length;
            _literal.Append(line).Replace("\\", "\\\\", from, line.Length);
            _literal.Replace("\"", "\\\"", from, _literal.Length - from).Append('"');
        }

        return _literal.Append('}').ToString();
    }

    private interface IColumn
    {
        void Clear();
    }

    private sealed class Column<T> : IColumn
    {
        // One unusual commit must not hold its memory for ever.
        private const int ItemsKept = 1024 * 1024;

        public List<T> Values { get; } = [];

        public int Count => Values.Count;

        public void Add(T value) => Values.Add(value);

        public void AddRange(T[] values) => Values.AddRange(values.AsSpan());

        public void Clear()
        {
            Values.Clear();
            if (Values.Capacity > ItemsKept)
                Values.Capacity = 0;
        }
    }
}
