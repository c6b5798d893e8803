using Npgsql;
using NpgsqlTypes;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Many steps as the columns that the insert statement takes; kept and filled anew for each commit.</summary>
/// <remarks>
/// What a step may leave out travels as a value that it cannot have (outcome 0, an empty job, sequence -1) and becomes null in the statement:
/// an array of values is cheaper to send than one of values and nulls.
/// </remarks>
internal sealed class StepColumns
{
    private readonly InsertColumns _columns;

    private readonly InsertColumn<Guid> _id;
    private readonly InsertColumn<Guid> _organization;
    private readonly InsertColumn<Guid> _site;
    private readonly InsertColumn<Guid> _gateway;
    private readonly InsertColumn<Guid> _device;
    private readonly InsertColumn<short> _kind;
    private readonly InsertColumn<DateTimeOffset> _started;
    private readonly InsertColumn<DateTimeOffset> _ended;
    private readonly InsertColumn<DateTimeOffset> _received;
    private readonly InsertColumn<string> _label;
    private readonly InsertColumn<string> _settings;
    private readonly InsertColumn<short> _outcome;
    private readonly InsertColumn<string> _job;
    private readonly InsertColumn<long> _sequence;
    private readonly InsertColumn<short> _seriesCount;
    private readonly InsertColumn<short> _logCount;
    private readonly InsertColumn<int> _sampleCount;
    private readonly InsertColumn<byte[]> _contentHash;

    private readonly SeriesColumns? _series;
    private readonly LogColumns? _logs;

    /// <summary>Adds the parameters in the order of <see cref="StepInsert.Text"/>'s numbers.</summary>
    /// <param name="parameters">Where they are added.</param>
    /// <param name="bare">The steps have neither series nor logs.</param>
    public StepColumns(NpgsqlParameterCollection parameters, bool bare)
    {
        _columns = new InsertColumns(parameters);
        _id = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _organization = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _site = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _gateway = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _device = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _kind = _columns.Add<short>(NpgsqlDbType.Smallint);
        _started = _columns.Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _ended = _columns.Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _received = _columns.Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _label = _columns.Add<string>(NpgsqlDbType.Text);
        _settings = _columns.Add<string>(NpgsqlDbType.Text);
        _outcome = _columns.Add<short>(NpgsqlDbType.Smallint);
        _job = _columns.Add<string>(NpgsqlDbType.Text);
        _sequence = _columns.Add<long>(NpgsqlDbType.Bigint);
        _seriesCount = _columns.Add<short>(NpgsqlDbType.Smallint);
        _logCount = _columns.Add<short>(NpgsqlDbType.Smallint);
        _sampleCount = _columns.Add<int>(NpgsqlDbType.Integer);
        _contentHash = _columns.Add<byte[]>(NpgsqlDbType.Bytea);

        if (bare) return;
        _series = new SeriesColumns(_columns);
        _logs = new LogColumns(_columns);
    }

    public void Fill(IReadOnlyList<PendingStep> steps)
    {
        Clear();
        foreach (PendingStep step in steps)
            Add(step);
    }

    /// <summary>Lets go of the steps, and of the memory when it was unusually much.</summary>
    public void Clear() => _columns.Clear();

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
        _outcome.Add((short?)step.Outcome ?? 0);
        _job.Add(step.Job ?? "");
        _sequence.Add(step.Sequence ?? -1);
        _seriesCount.Add((short)step.Series.Count);
        _logCount.Add((short)step.Logs.Count);
        _sampleCount.Add(pending.SampleCount);
        _contentHash.Add(pending.ContentHash);
        for (int ordinal = 0; ordinal < step.Series.Count; ordinal++)
            _series!.Add(step, (short)ordinal, pending.Series[ordinal]);
        for (int ordinal = 0; ordinal < step.Logs.Count; ordinal++)
            _logs!.Add(step, (short)ordinal, step.Logs[ordinal]);
    }
}
