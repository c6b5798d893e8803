using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>What is known of some samples without looking at them.</summary>
/// <param name="Count">Of samples; 0 for a series without any, of which all else is 0.</param>
/// <param name="MinTime">Of the first sample that has the least value. All times are microseconds since the step's start.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesSummary(
    int Count, double Mean, long FirstTime, double First, long LastTime, double Last, long MinTime, double Min, long MaxTime, double Max)
{
    /// <param name="times">Empty for a value that stands for the whole step: its time is the step's start.</param>
    public static SeriesSummary Of(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) return default;
        int min = 0;
        int max = 0;
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += values[i];
            if (values[i] < values[min]) min = i;
            if (values[i] > values[max]) max = i;
        }

        double mean = double.IsFinite(sum) ? sum / values.Length : MeanOfHuge(values);
        return times.IsEmpty
            ? new SeriesSummary(values.Length, mean, 0, values[0], 0, values[^1], 0, values[min], 0, values[max])
            : new SeriesSummary(values.Length, mean, times[0], values[0], times[^1], values[^1], times[min], values[min], times[max], values[max]);
    }

    /// <summary>The mean of so many values with the one mean and so many with the other.</summary>
    public static double MeanOf(double mean, long count, double other, long otherCount) =>
        ((mean * count) + (other * otherCount)) / (count + otherCount) is var both && double.IsFinite(both)
            ? both
            : (mean * ((double)count / (count + otherCount))) + (other * ((double)otherCount / (count + otherCount)));

    /// <summary>Each is divided before they are summed: the sum of doubles may be none.</summary>
    private static double MeanOfHuge(ReadOnlySpan<double> values)
    {
        double mean = 0;
        foreach (double value in values) mean += value / values.Length;
        return mean;
    }

    /// <summary>The same with its times counted from elsewhere.</summary>
    /// <param name="start">Where they are counted from now, in microseconds.</param>
    public SeriesSummary From(long start) => this with
    {
        FirstTime = start + FirstTime, LastTime = start + LastTime, MinTime = start + MinTime, MaxTime = start + MaxTime,
    };

    /// <summary>Of these samples and the ones that follow them.</summary>
    public SeriesSummary Then(SeriesSummary next) => Count == 0 ? next : next.Count == 0 ? this : new SeriesSummary(
        Count + next.Count, MeanOf(Mean, Count, next.Mean, next.Count), FirstTime, First, next.LastTime, next.Last,
        next.Min < Min ? next.MinTime : MinTime, Math.Min(Min, next.Min),
        next.Max > Max ? next.MaxTime : MaxTime, Math.Max(Max, next.Max));
}
