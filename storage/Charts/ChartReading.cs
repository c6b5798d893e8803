using Npgsql;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Charts;

/// <summary>One chart while it is read.</summary>
/// <param name="rows">By their first samples.</param>
internal sealed class ChartReading(DatabaseSession session, ChartRequest request, List<SeriesRow> rows, CancellationToken cancellationToken)
{
    // One row for each thing wanted, found by its index whatever the planner thinks of the others.
    private const string WantedSeries = """
        FROM unnest($3, $4) WITH ORDINALITY AS wanted (starts, step_id, place)
        CROSS JOIN LATERAL (
            SELECT blocks, samples FROM step_series AS s
            WHERE device_id = $1 AND name = $2 AND s.starts = wanted.starts AND s.step_id = wanted.step_id OFFSET 0) AS series
        """;

    /// <summary>The chosen points of LTTB come from so many times as many columns.</summary>
    private const int LttbColumns = 4;

    private int _thinned;

    public async Task<ChartOutcome> DrawAsync(string unit)
    {
        if (request.Method == ChartMethod.Raw) return await DrawRawAsync(unit);
        int width = request.Method == ChartMethod.Lttb ? request.Width * LttbColumns : request.Width;
        ChartColumns columns = new(request.From, request.To, width);
        List<int> parted = [];
        for (int i = 0; i < rows.Count; i++)
        {
            if (columns.TryAdd(i, rows[i].Summary)) continue;
            if (rows[i].IsThinned) AddThinned(columns, i);
            else parted.Add(i);
        }

        await AddPartedAsync(columns, parted);
        List<ChartPoint> points = request.Method switch
        {
            ChartMethod.M4 => ChartLines.Extremes(columns.All, rows),
            ChartMethod.Lttb => Lttb.Choose(ChartLines.Extremes(columns.All, rows), request.Width),
            _ => ChartLines.Averages(columns, rows),
        };
        long samples = 0;
        foreach (ref readonly ChartColumn column in columns.All) samples += column.Count;
        return new ChartOutcome.Drawn(new Chart(unit, points, samples, rows.Count, _thinned));
    }

    private async Task<ChartOutcome> DrawRawAsync(string unit)
    {
        long samples = rows.Sum(row => (long)row.Summary.Count);
        if (samples > ChartRequest.RawSamplesMax) return new ChartOutcome.TooMany(samples);
        List<ChartPoint> points = new((int)samples);
        Dictionary<int, (long[] Times, double[] Values)> whole = [];
        await ReadWholeAsync([.. Enumerable.Range(0, rows.Count).Where(i => !rows[i].IsThinned)], (i, times, values) => whole[i] = (times, values));
        for (int i = 0; i < rows.Count; i++)
        {
            if (whole.TryGetValue(i, out (long[] Times, double[] Values) read))
                ChartLines.AddRaw(points, rows[i], read.Times, read.Values, request.From, request.To);
            else
                _thinned++;
        }

        return new ChartOutcome.Drawn(new Chart(unit, points, points.Count, rows.Count, _thinned));
    }

    /// <summary>Steps that a column's edge parts: by their blocks, and the blocks that it parts by their samples.</summary>
    private async Task AddPartedAsync(ChartColumns columns, List<int> parted)
    {
        await ReadWholeAsync([.. parted.Where(i => rows[i].Summary.Count <= SeriesCodec.BlockSamplesMax)], (i, times, values) => columns.Add(i, times, values));

        List<int> large = [.. parted.Where(i => rows[i].Summary.Count > SeriesCodec.BlockSamplesMax)];
        if (large.Count == 0) return;
        List<(int Row, SeriesBlock Block, int Bytes)> blocks = [];
        List<int> withoutBlocks = [];
        await ForEachAsync($"SELECT place, blocks, octet_length(samples) {WantedSeries}", large, (row, reader) =>
        {
            // What was stored before there were blocks has none.
            if (reader.IsDBNull(1)) withoutBlocks.Add(row);
            else AddBlocks(columns, row, SeriesBlock.ReadAll(reader.GetFieldValue<byte[]>(1)), reader.GetInt32(2), blocks);
        });
        await ReadWholeAsync(withoutBlocks, (i, times, values) => columns.Add(i, times, values));
        await AddBlocksAsync(columns, blocks);
    }

    private void AddBlocks(ChartColumns columns, int row, SeriesBlock[] table, int bytes, List<(int Row, SeriesBlock Block, int Bytes)> parted)
    {
        for (int i = 0; i < table.Length; i++)
        {
            SeriesSummary summary = table[i].Summary.From(rows[row].Started);
            if (summary.LastTime < request.From || summary.FirstTime >= request.To || columns.TryAdd(row, summary)) continue;
            parted.Add((row, table[i], (i + 1 < table.Length ? table[i + 1].Offset : bytes) - table[i].Offset));
        }
    }

    private async Task AddBlocksAsync(ChartColumns columns, List<(int Row, SeriesBlock Block, int Bytes)> parted)
    {
        if (parted.Count == 0) return;
        const string Select = """
            SELECT place, substring(samples FROM at + 1 FOR bytes)
            FROM unnest($3, $4, $5, $6) WITH ORDINALITY AS wanted (starts, step_id, at, bytes, place)
            CROSS JOIN LATERAL (
                SELECT samples FROM step_series AS s
                WHERE device_id = $1 AND name = $2 AND s.starts = wanted.starts AND s.step_id = wanted.step_id OFFSET 0) AS series
            """;
        Sql sql = new(
            Select, request.Device.Value, request.Series,
            parted.Select(block => rows[block.Row].Starts.ToUniversalTime()).ToArray(), parted.Select(block => rows[block.Row].Step.Value).ToArray(),
            parted.Select(block => block.Block.Offset).ToArray(), parted.Select(block => block.Bytes).ToArray());
        long[] times = new long[SeriesCodec.BlockSamplesMax];
        double[] values = new double[SeriesCodec.BlockSamplesMax];
        await session.ForEachAsync(
            sql,
            reader =>
            {
                int row = parted[(int)reader.GetInt64(0) - 1].Row;
                int count = SeriesCodec.DecodeBlock(reader.GetFieldValue<byte[]>(1), times, values);
                Shift(times.AsSpan(0, count), rows[row].Started);
                columns.Add(row, times.AsSpan(0, count), values.AsSpan(0, count));
            },
            cancellationToken);
    }

    private async Task ReadWholeAsync(List<int> wanted, Action<int, long[], double[]> read)
    {
        if (wanted.Count == 0) return;
        await ForEachAsync($"SELECT place, samples {WantedSeries}", wanted, (row, reader) =>
        {
            (long[] times, double[] values) = SeriesCodec.Decode(reader.GetFieldValue<byte[]>(1), rows[row].Summary.Count);
            // A value for the whole step stands at its start.
            if (times.Length == 0) times = new long[values.Length];
            Shift(times, rows[row].Started);
            read(row, times, values);
        });
    }

    private Task ForEachAsync(string select, List<int> wanted, Action<int, NpgsqlDataReader> read) => session.ForEachAsync(
        new Sql(
            select, request.Device.Value, request.Series,
            wanted.Select(i => rows[i].Starts.ToUniversalTime()).ToArray(), wanted.Select(i => rows[i].Step.Value).ToArray()),
        reader => read(wanted[(int)reader.GetInt64(0) - 1], reader),
        cancellationToken);

    private void AddThinned(ChartColumns columns, int row)
    {
        _thinned++;
        SeriesSummary s = rows[row].Summary;
        SortedSet<(long Time, double Value)> points = [(s.FirstTime, s.First), (s.MinTime, s.Min), (s.MaxTime, s.Max), (s.LastTime, s.Last)];
        columns.Add(row, [.. points.Select(point => point.Time)], [.. points.Select(point => point.Value)]);
    }

    private static void Shift(Span<long> times, long by)
    {
        foreach (ref long time in times) time += by;
    }
}
