using Npgsql;
using NpgsqlTypes;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>Stores many steps at once by COPY: PostgreSQL writes pages full of rows then, and a record of its log for each page and not for each row.</summary>
/// <remarks>
/// COPY knows no way to pass over a step that is stored already, and looks at no settings with the eyes of jsonb. So it is for steps that are
/// new, as nearly all are, and whose settings cannot be wrong; it fails as a whole otherwise, and <see cref="StepInsert"/> finds out.
/// </remarks>
internal sealed class StepCopy : IAsyncDisposable
{
    /// <summary>For fewer steps the single statement takes less: COPY asks and is answered several times.</summary>
    public const int StepsMin = 24;

    /// <summary>The least number that jsonb refuses has 16,384 digits behind its point.</summary>
    private const int SettingsCharsMax = 16_000;

    private const string Steps = $"COPY step_event ({StepTables.StepColumns}, position) FROM STDIN (FORMAT BINARY)";
    private const string Series = $"COPY step_series ({StepTables.SeriesColumns}) FROM STDIN (FORMAT BINARY)";
    private const string Logs = $"COPY step_log ({StepTables.LogColumns}) FROM STDIN (FORMAT BINARY)";

    // In the order of the steps, and drawn while their sites are held, as those that the statement draws.
    private const string Positions = "SELECT array_agg(nextval('step_position')) FROM generate_series(1, $1)";

    private static readonly string s_heads = $"""
        INSERT INTO device_head AS head (device_id, organization_id, step_id, received)
        SELECT * FROM unnest($1, $2, $3, $4) AS newest (device_id, organization_id, id, received) ORDER BY device_id
        {StepInsert.KeepNewest}
        """;

    private readonly NpgsqlConnection _connection;
    private readonly TimeSpan _timeout;
    private readonly HeldSites? _sites;
    private readonly NpgsqlBatch _begin;
    private readonly NpgsqlParameter<int> _count = new() { TypedValue = 0 };
    private readonly NpgsqlBatch _end;
    private readonly InsertColumns _columns;
    private readonly InsertColumn<Guid> _headDevice;
    private readonly InsertColumn<Guid> _headOrganization;
    private readonly InsertColumn<Guid> _headStep;
    private readonly InsertColumn<DateTimeOffset> _headReceived;
    private readonly CopyRows _steps = new(19);
    private readonly CopyRows _series = new(25);
    private readonly CopyRows _logs = new(5);

    public StepCopy(NpgsqlConnection connection, bool holdsSites, TimeSpan timeout)
    {
        _connection = connection;
        _timeout = timeout;
        _begin = new NpgsqlBatch(connection) { Timeout = (int)Math.Ceiling(timeout.TotalSeconds) };
        _begin.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        if (holdsSites) _sites = HeldSites.AddTo(_begin);
        _begin.BatchCommands.Add(new NpgsqlBatchCommand(Positions) { Parameters = { _count } });

        NpgsqlBatchCommand heads = new(s_heads);
        _columns = new InsertColumns(heads.Parameters);
        _headDevice = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _headOrganization = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _headStep = _columns.Add<Guid>(NpgsqlDbType.Uuid);
        _headReceived = _columns.Add<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _end = new NpgsqlBatch(connection) { Timeout = _begin.Timeout, BatchCommands = { heads, new NpgsqlBatchCommand("COMMIT") } };
    }

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _begin.PrepareAsync(cancellationToken);
        await _end.PrepareAsync(cancellationToken);
    }

    /// <summary>Whether there are enough of them, and none whose settings only jsonb could judge.</summary>
    public static bool CanTake(IReadOnlyList<PendingStep> steps) => steps.Count >= StepsMin && steps.All(step => IsPlain(step.Step.Settings));

    /// <summary>Stores the steps, all of which are new.</summary>
    /// <param name="steps">No id twice.</param>
    /// <returns>Their positions, by their ids. When it returns they are committed.</returns>
    /// <exception cref="PostgresException">Nothing was stored, a step that is stored already being one cause; the transaction is to be rolled back.</exception>
    public async Task<Dictionary<Guid, long>> ExecuteAsync(IReadOnlyList<PendingStep> steps, CancellationToken cancellationToken)
    {
        int[] positionAt = Fill(steps);
        try
        {
            long[] positions = await BeginAsync(steps, cancellationToken);
            Dictionary<Guid, long> stored = new(steps.Count);
            for (int i = 0; i < positions.Length; i++)
            {
                _steps.Replace(positionAt[i], positions[i]);
                stored.Add(steps[i].Step.Id.Value, positions[i]);
            }

            await CopyAsync(Steps, _steps, cancellationToken);
            await CopyAsync(Series, _series, cancellationToken);
            await CopyAsync(Logs, _logs, cancellationToken);
            await _end.ExecuteNonQueryAsync(cancellationToken);
            return stored;
        }
        finally
        {
            _columns.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _begin.DisposeAsync();
        await _end.DisposeAsync();
    }

    private async Task<long[]> BeginAsync(IReadOnlyList<PendingStep> steps, CancellationToken cancellationToken)
    {
        _count.TypedValue = steps.Count;
        _sites?.Set(steps);
        await using NpgsqlDataReader reader = await _begin.ExecuteReaderAsync(cancellationToken);
        if (_sites is not null) await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetFieldValue<long[]>(0);
    }

    private async Task CopyAsync(string command, CopyRows rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        await using NpgsqlRawCopyStream stream = await _connection.BeginRawBinaryCopyAsync(command, cancellationToken);
        stream.ReadTimeout = stream.WriteTimeout = (int)_timeout.TotalMilliseconds;
        await stream.WriteAsync(rows.End(), cancellationToken);
    }

    /// <returns>Where the position of each step is to be put.</returns>
    private int[] Fill(IReadOnlyList<PendingStep> steps)
    {
        _steps.Begin();
        _series.Begin();
        _logs.Begin();
        _columns.Clear();
        int[] positionAt = new int[steps.Count];
        Dictionary<Guid, PendingStep> newest = [];
        for (int i = 0; i < steps.Count; i++)
        {
            positionAt[i] = Add(steps[i]);
            StepEvent step = steps[i].Step;
            for (short ordinal = 0; ordinal < step.Series.Count; ordinal++) Add(step, ordinal, steps[i].Series[ordinal]);
            for (short ordinal = 0; ordinal < step.Logs.Count; ordinal++) Add(step, ordinal, step.Logs[ordinal]);
            if (!newest.TryGetValue(step.Device.Value, out PendingStep? other) || IsNewer(steps[i], other)) newest[step.Device.Value] = steps[i];
        }

        foreach ((Guid device, PendingStep head) in newest)
        {
            _headDevice.Add(device);
            _headOrganization.Add(head.Append.Origin.Organization.Value);
            _headStep.Add(head.Step.Id.Value);
            _headReceived.Add(head.Append.Received);
        }

        return positionAt;
    }

    private int Add(PendingStep pending)
    {
        StepEvent step = pending.Step;
        _steps.Row();
        _steps.Id(step.Id.Value);
        _steps.Id(pending.Append.Origin.Organization.Value);
        _steps.Id(pending.Append.Origin.Site.Value);
        _steps.Id(pending.Append.Origin.Gateway.Value);
        _steps.Id(step.Device.Value);
        _steps.Number((short)step.Kind);
        _steps.Time(step.Started);
        _steps.Time(step.Ended);
        _steps.Time(pending.Append.Received);
        _steps.Text(step.Label);
        _steps.Text(step.Settings);
        _steps.NumberOrNull((short?)step.Outcome);
        _steps.TextOrNull(step.Job);
        _steps.NumberOrNull(step.Sequence);
        _steps.Number((short)step.Series.Count);
        _steps.Number((short)step.Logs.Count);
        _steps.Number(pending.SampleCount);
        _steps.Bytes(pending.ContentHash);
        int positionAt = _steps.Length;
        _steps.Number(0L);
        return positionAt;
    }

    private void Add(StepEvent step, short ordinal, EncodedSeries encoded)
    {
        StepSeries series = step.Series[ordinal];
        SeriesSummary summary = encoded.Summary;
        _series.Row();
        _series.Id(step.Id.Value);
        _series.Number(ordinal);
        _series.Text(series.Name);
        _series.Text(series.Unit);
        _series.Number((short)series.Kind);
        _series.Number((short)series.Chart);
        _series.Id(step.Device.Value);
        _series.Time(LongSteps.StartOf(step, summary));
        _series.Truth(LongSteps.Is(step, summary));
        _series.Number(summary.Count);
        _series.Number(summary.Mean);
        _series.Number(summary.FirstTime);
        _series.Number(summary.First);
        _series.Number(summary.LastTime);
        _series.Number(summary.Last);
        _series.Number(summary.MinTime);
        _series.Number(summary.Min);
        _series.Number(summary.MaxTime);
        _series.Number(summary.Max);
        _series.Number(encoded.Statistics.P05);
        _series.Number(encoded.Statistics.P50);
        _series.Number(encoded.Statistics.P95);
        _series.Number(encoded.Statistics.Interval);
        _series.Bytes(encoded.Samples);
        _series.BytesOrNull(encoded.Blocks);
    }

    private void Add(StepEvent step, short ordinal, StepLog log)
    {
        _logs.Row();
        _logs.Id(step.Id.Value);
        _logs.Number(ordinal);
        _logs.Number((short)log.Kind);
        _logs.Text(log.Label);
        _logs.Texts(log.Lines);
    }

    /// <summary>As PostgreSQL orders ids: byte by byte, as they are written.</summary>
    private static bool IsNewer(PendingStep step, PendingStep other) => step.Step.Id.Value.CompareTo(other.Step.Id.Value) > 0;

    /// <summary>No escape that jsonb could refuse, no number with an exponent, and too short for one without to be too big.</summary>
    private static bool IsPlain(string settings)
    {
        if (settings.Length > SettingsCharsMax || settings.Contains('\\')) return false;
        for (int at = settings.AsSpan().IndexOfAny('e', 'E'), next; at >= 0; at = next < 0 ? -1 : at + 1 + next)
        {
            if (at > 0 && char.IsAsciiDigit(settings[at - 1])) return false;
            next = settings.AsSpan(at + 1).IndexOfAny('e', 'E');
        }

        return true;
    }
}
