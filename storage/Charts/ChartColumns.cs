using StepCloud.Storage.Series;

namespace StepCloud.Storage.Charts;

/// <summary>The pixel columns of a chart: column k shows the times from `from + k * (to - from) / width` on, up to the next one's.</summary>
internal sealed class ChartColumns(long from, long to, int width)
{
    private readonly ChartColumn[] _columns = new ChartColumn[width];

    public ReadOnlySpan<ChartColumn> All => _columns;

    /// <summary>True when all of it lies in one column, which then needs no more than this.</summary>
    public bool TryAdd(int row, in SeriesSummary samples)
    {
        if (samples.FirstTime < from || samples.LastTime >= to) return false;
        int column = ColumnOf(samples.FirstTime);
        if (samples.LastTime >= StartOf(column + 1)) return false;
        _columns[column].Add(row, samples);
        return true;
    }

    /// <param name="times">Microseconds since 1970, never going back. Those outside the range are passed over.</param>
    public void Add(int row, ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        int i = FirstAtOrAfter(times, from);
        while (i < times.Length && times[i] < to)
        {
            int column = ColumnOf(times[i]);
            int end = i + FirstAtOrAfter(times[i..], Math.Min(StartOf(column + 1), to));
            _columns[column].Add(row, SeriesSummary.Of(times[i..end], values[i..end]));
            i = end;
        }
    }

    /// <summary>The middle of a column.</summary>
    public long MiddleOf(int column) => (StartOf(column) + StartOf(column + 1)) / 2;

    private int ColumnOf(long time) => (int)((Int128)(time - from) * width / (to - from));

    /// <summary>The first microsecond of a column.</summary>
    private long StartOf(int column) => from + (long)((((Int128)column * (to - from)) + width - 1) / width);

    private static int FirstAtOrAfter(ReadOnlySpan<long> times, long time)
    {
        int low = 0;
        int high = times.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (times[middle] < time) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
