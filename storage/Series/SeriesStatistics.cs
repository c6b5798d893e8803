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
        double[] rented = ArrayPool<double>.Shared.Rent(values.Length);
        Span<double> all = rented.AsSpan(0, values.Length);
        values.CopyTo(all);
        int middle = RankOf(all.Length, 50);
        double median = Ranking.MoveToPlace(all, middle);
        // The others of the three lie on its two sides.
        double low = Ranking.MoveToPlace(all[..(middle + 1)], RankOf(all.Length, 5));
        double high = Ranking.MoveToPlace(all[middle..], RankOf(all.Length, 95) - middle);
        ArrayPool<double>.Shared.Return(rented);
        return new SeriesStatistics(low, median, high, IntervalOf(times));
    }

    private static int RankOf(int count, int percent) => Math.Max(0, (int)(((long)count * percent + 99) / 100) - 1);

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

        long median = isSteady ? intervals[0] : Ranking.MoveToPlace(intervals.AsSpan(0, count), count / 2);
        ArrayPool<long>.Shared.Return(intervals);
        return median;
    }
}
