namespace StepCloud.Storage.Charts;

/// <summary>Makes points of columns and says which of them are joined by a line: those of one step with no gap between.</summary>
internal static class ChartLines
{
    /// <summary>How many times the usual interval two samples of a step may be apart and still be joined.</summary>
    public const int IntervalsMax = 10;

    public static List<ChartPoint> Extremes(ReadOnlySpan<ChartColumn> columns, IReadOnlyList<SeriesRow> rows)
    {
        List<ChartPoint> points = [];
        Span<RowPoint> four = stackalloc RowPoint[4];
        RowPoint? before = null;
        foreach (ref readonly ChartColumn column in columns)
        {
            if (column.Count == 0) continue;
            int count = column.CopyPoints(four);
            for (int i = 0; i < count; i++)
            {
                // Within a column of pixels there is no room to see a gap; steps are kept apart all the same.
                bool isJoined = before is { } last && last.Row == four[i].Row && (i > 0 || !IsGap(last, four[i], rows));
                points.Add(new ChartPoint(four[i].Time, four[i].Value, rows[four[i].Row].Step, isJoined));
                before = four[i];
            }
        }

        return points;
    }

    public static List<ChartPoint> Averages(ChartColumns columns, IReadOnlyList<SeriesRow> rows)
    {
        List<ChartPoint> points = [];
        RowPoint? before = null;
        ReadOnlySpan<ChartColumn> all = columns.All;
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly ChartColumn column = ref all[i];
            if (column.Count == 0) continue;
            bool isJoined = before is { } last && last.Row == column.First.Row && !IsGap(last, column.First, rows);
            points.Add(new ChartPoint(columns.MiddleOf(i), column.Mean, rows[column.First.Row].Step, isJoined));
            before = column.Last;
        }

        return points;
    }

    /// <summary>Every sample of one step that lies in the range.</summary>
    public static void AddRaw(List<ChartPoint> points, SeriesRow row, ReadOnlySpan<long> times, ReadOnlySpan<double> values, long from, long to)
    {
        long? before = null;
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] < from || times[i] >= to) continue;
            points.Add(new ChartPoint(times[i], values[i], row.Step, before is { } last && times[i] - last <= row.GapMin));
            before = times[i];
        }
    }

    private static bool IsGap(RowPoint last, RowPoint next, IReadOnlyList<SeriesRow> rows) => next.Time - last.Time > rows[next.Row].GapMin;
}
