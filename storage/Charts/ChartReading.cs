using Npgsql;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Charts;

/// <summary>One chart while it is read.</summary>
/// <param name="rows">By their first samples.</param>
internal sealed class ChartReading(DatabaseSession session, ChartRequest request, List<SeriesRow> rows, CancellationToken cancellationToken)
{
    // One row for each thing wanted, found by its index whatever the planner thinks of the others.
    private const string WantedSeries = """
        CROSS JOIN LATERAL (
            SELECT blocks, samples FROM step_series AS s
            WHERE device_id = $1 AND name = $2 AND s.starts = wanted.starts AND s.step_id = wanted.step_id OFFSET 0) AS series
        """;

    private const string FromWanted = $"FROM unnest($3, $4) WITH ORDINALITY AS wanted (starts, step_id, place) {WantedSeries}";

    /// <summary>The chosen points of LTTB come from so many times as many columns.</summary>
    private const int LttbColumns = 4;

    /// <summary>Steps of one device that overlap are drawn beside each other, so many at most.</summary>
    private const int LanesMax = 16;

    private readonly List<ChartColumns> _lanes = [];
    private readonly int[] _laneOf = new int[rows.Count];
    private int _thinned;

    public async Task<ChartOutcome> DrawAsync(string unit)
    {
        if (request.Method == ChartMethod.Raw) return await DrawRawAsync(unit);
        LayOut(request.Method == ChartMethod.Lttb ? request.Width * LttbColumns : request.Width);
        List<int> parted = [];
        for (int i = 0; i < rows.Count; i++)
        {
            if (ColumnsOf(i).TryAdd(i, rows[i].Summary)) continue;
            if (rows[i].IsThinned) AddThinned(i);
            else parted.Add(i);
        }

        await AddPartedAsync(parted);
        long samples = 0;
        List<ChartPoint> points = [];
        foreach (ChartColumns columns in _lanes)
        {
            foreach (ref readonly ChartColumn column in columns.All) samples += column.Count;
            points.AddRange(request.Method switch
            {
                ChartMethod.M4 => ChartLines.Extremes(columns.All, rows),
                ChartMethod.Lttb => Lttb.Choose(ChartLines.Extremes(columns.All, rows), request.Width),
                _ => ChartLines.Averages(columns, rows),
            });
        }

        return new ChartOutcome.Drawn(new Chart(unit, points, samples, rows.Count, _thinned));
    }

    /// <summary>Steps one after the other share their pixel columns; one that began before another had ended has its own.</summary>
    private void LayOut(int width)
    {
        List<long> ends = [];
        for (int i = 0; i < rows.Count; i++)
        {
            int lane = ends.FindIndex(end => end < rows[i].Summary.FirstTime);
            if (lane < 0 && ends.Count < LanesMax)
            {
                lane = ends.Count;
                ends.Add(long.MinValue);
                _lanes.Add(new ChartColumns(request.From, request.To, width));
            }

            _laneOf[i] = lane = lane < 0 ? ends.IndexOf(ends.Min()) : lane;
            ends[lane] = Math.Max(ends[lane], rows[i].Summary.LastTime);
        }
    }

    private ChartColumns ColumnsOf(int row) => _lanes[_laneOf[row]];

    private async Task<ChartOutcome> DrawRawAsync(string unit)
    {
        List<int> kept = [.. Enumerable.Range(0, rows.Count).Where(i => !rows[i].IsThinned)];
        List<int> large = [.. kept.Where(i => rows[i].Summary.Count > SeriesCodec.BlockSamplesMax && !IsInside(rows[i].Summary))];
        List<WantedBlock> blocks = [];
        List<int> whole = [.. kept.Except(large), .. await FindBlocksAsync(large, (_, summary) => Meets(summary), blocks)];
        long samples = whole.Sum(i => (long)rows[i].Summary.Count) + blocks.Sum(block => (long)block.Block.Summary.Count);
        if (samples > ChartRequest.RawSamplesMax) return new ChartOutcome.TooMany(samples);

        Dictionary<int, List<(long[] Times, double[] Values)>> pieces = [];
        await ReadWholeAsync(whole, (row, times, values) => pieces[row] = [(times, values)]);
        await ReadBlocksAsync(blocks, (row, times, values) =>
        {
            if (!pieces.TryGetValue(row, out List<(long[], double[])>? of)) pieces[row] = of = [];
            of.Add((times.ToArray(), values.ToArray()));
        });
        List<ChartPoint> points = new((int)samples);
        foreach (int row in pieces.Keys.Order())
        {
            (long[] Times, double[] Values)[] ordered = [.. pieces[row].OrderBy(piece => piece.Times[0])];
            ChartLines.AddRaw(
                points, rows[row], [.. ordered.SelectMany(piece => piece.Times)], [.. ordered.SelectMany(piece => piece.Values)], request.From, request.To);
        }

        return new ChartOutcome.Drawn(new Chart(unit, points, points.Count, rows.Count, rows.Count - kept.Count));
    }

    /// <summary>Steps that a column's edge parts: by their blocks, and the blocks that it parts by their samples.</summary>
    private async Task AddPartedAsync(List<int> parted)
    {
        List<int> small = [.. parted.Where(i => rows[i].Summary.Count <= SeriesCodec.BlockSamplesMax)];
        List<WantedBlock> blocks = [];
        List<int> withoutBlocks = await FindBlocksAsync(
            [.. parted.Except(small)], (row, summary) => Meets(summary) && !ColumnsOf(row).TryAdd(row, summary), blocks);
        await ReadWholeAsync([.. small, .. withoutBlocks], (row, times, values) => ColumnsOf(row).Add(row, times, values));
        await ReadBlocksAsync(blocks, (row, times, values) => ColumnsOf(row).Add(row, times, values));
    }

    /// <summary>Looks into the tables of blocks.</summary>
    /// <returns>Those that have none: what was stored before there were blocks.</returns>
    private async Task<List<int>> FindBlocksAsync(List<int> large, Func<int, SeriesSummary, bool> isWanted, List<WantedBlock> wanted)
    {
        List<int> without = [];
        if (large.Count == 0) return without;
        await ForEachAsync($"SELECT place, blocks, octet_length(samples) {FromWanted}", large, (row, reader) =>
        {
            if (reader.IsDBNull(1))
            {
                without.Add(row);
                return;
            }

            SeriesBlock[] table = SeriesBlock.ReadAll(reader.GetFieldValue<byte[]>(1));
            for (int i = 0; i < table.Length; i++)
            {
                int end = i + 1 < table.Length ? table[i + 1].Offset : reader.GetInt32(2);
                if (isWanted(row, table[i].Summary.From(rows[row].Started))) wanted.Add(new WantedBlock(row, table[i], end - table[i].Offset));
            }
        });
        return without;
    }

    private async Task ReadBlocksAsync(List<WantedBlock> wanted, Action<int, ReadOnlySpan<long>, ReadOnlySpan<double>> read)
    {
        if (wanted.Count == 0) return;
        Sql sql = Wanted(
            $"""
            SELECT place, substring(samples FROM at + 1 FOR bytes)
            FROM unnest($3, $4, $5, $6) WITH ORDINALITY AS wanted (starts, step_id, at, bytes, place) {WantedSeries}
            """,
            [.. wanted.Select(block => rows[block.Row])],
            wanted.Select(block => block.Block.Offset).ToArray(), wanted.Select(block => block.Bytes).ToArray());
        long[] times = new long[SeriesCodec.BlockSamplesMax];
        double[] values = new double[SeriesCodec.BlockSamplesMax];
        await session.ForEachAsync(
            sql,
            reader =>
            {
                int row = wanted[(int)reader.GetInt64(0) - 1].Row;
                int count = SeriesCodec.DecodeBlock(reader.GetFieldValue<byte[]>(1), times, values);
                Shift(times.AsSpan(0, count), rows[row].Started);
                read(row, times.AsSpan(0, count), values.AsSpan(0, count));
            },
            cancellationToken);
    }

    private async Task ReadWholeAsync(List<int> wanted, Action<int, long[], double[]> read)
    {
        if (wanted.Count == 0) return;
        await ForEachAsync($"SELECT place, samples {FromWanted}", wanted, (row, reader) =>
        {
            (long[] times, double[] values) = SeriesCodec.Decode(reader.GetFieldValue<byte[]>(1), rows[row].Summary.Count);
            // A value for the whole step stands at its start.
            if (times.Length == 0) times = new long[values.Length];
            Shift(times, rows[row].Started);
            read(row, times, values);
        });
    }

    private Task ForEachAsync(string select, List<int> wanted, Action<int, NpgsqlDataReader> read) => session.ForEachAsync(
        Wanted(select, [.. wanted.Select(i => rows[i])]), reader => read(wanted[(int)reader.GetInt64(0) - 1], reader), cancellationToken);

    private Sql Wanted(string select, SeriesRow[] of, params object[] more) => new(
        select, [request.Device.Value, request.Series, of.Select(row => row.Starts.ToUniversalTime()).ToArray(), of.Select(row => row.Step.Value).ToArray(), .. more]);

    private void AddThinned(int row)
    {
        _thinned++;
        SeriesSummary s = rows[row].Summary;
        SortedSet<(long Time, double Value)> points = [(s.FirstTime, s.First), (s.MinTime, s.Min), (s.MaxTime, s.Max), (s.LastTime, s.Last)];
        ColumnsOf(row).Add(row, [.. points.Select(point => point.Time)], [.. points.Select(point => point.Value)]);
    }

    private bool Meets(SeriesSummary summary) => summary.LastTime >= request.From && summary.FirstTime < request.To;

    private bool IsInside(SeriesSummary summary) => summary.FirstTime >= request.From && summary.LastTime < request.To;

    private static void Shift(Span<long> times, long by)
    {
        foreach (ref long time in times) time += by;
    }

    private sealed record WantedBlock(int Row, SeriesBlock Block, int Bytes);
}
