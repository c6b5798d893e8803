using System.Buffers;
using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>What needs all samples of a series at once; made when the step is stored.</summary>
/// <param name="P05">The 5th percentile by nearest rank: a value that occurs. 0 without samples, as the others.</param>
/// <param name="Interval">The median time from one sample to the next, in microseconds; 0 for less than two samples.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesStatistics(double P05, double P50, double P95, long Interval)
{
    public static SeriesStatistics Of(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) return default;
        double[] sorted = ArrayPool<double>.Shared.Rent(values.Length);
        values.CopyTo(sorted);
        Array.Sort(sorted, 0, values.Length);
        SeriesStatistics statistics = new(
            Percentile(sorted, values.Length, 5), Percentile(sorted, values.Length, 50), Percentile(sorted, values.Length, 95), IntervalOf(times));
        ArrayPool<double>.Shared.Return(sorted);
        return statistics;
    }

    private static double Percentile(double[] sorted, int count, int percent) => sorted[Math.Max(0, (int)(((long)count * percent + 99) / 100) - 1)];

    private static long IntervalOf(ReadOnlySpan<long> times)
    {
        if (times.Length < 2) return 0;
        int count = times.Length - 1;
        long[] intervals = ArrayPool<long>.Shared.Rent(count);
        bool isSteady = true;
        for (int i = 0; i < count; i++)
        {
            intervals[i] = times[i + 1] - times[i];
            isSteady &= intervals[i] == intervals[0];
        }

        if (!isSteady) Array.Sort(intervals, 0, count);
        long median = intervals[count / 2];
        ArrayPool<long>.Shared.Return(intervals);
        return median;
    }
}
