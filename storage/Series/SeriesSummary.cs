using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>What is known of some samples without looking at them.</summary>
/// <param name="Count">Of samples; 0 for a series without any, of which all else is 0.</param>
/// <param name="MinTime">Of the first sample that has the least value. All times are microseconds since the step's start.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesSummary(
    int Count, double Sum, long FirstTime, double First, long LastTime, double Last, long MinTime, double Min, long MaxTime, double Max)
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

        return times.IsEmpty
            ? new SeriesSummary(values.Length, sum, 0, values[0], 0, values[^1], 0, values[min], 0, values[max])
            : new SeriesSummary(values.Length, sum, times[0], values[0], times[^1], values[^1], times[min], values[min], times[max], values[max]);
    }

    /// <summary>The same with its times counted from elsewhere.</summary>
    /// <param name="start">Where they are counted from now, in microseconds.</param>
    public SeriesSummary From(long start) => this with
    {
        FirstTime = start + FirstTime, LastTime = start + LastTime, MinTime = start + MinTime, MaxTime = start + MaxTime,
    };

    /// <summary>Of these samples and the ones that follow them.</summary>
    public SeriesSummary Then(SeriesSummary next) => Count == 0 ? next : next.Count == 0 ? this : new SeriesSummary(
        Count + next.Count, Sum + next.Sum, FirstTime, First, next.LastTime, next.Last,
        next.Min < Min ? next.MinTime : MinTime, Math.Min(Min, next.Min),
        next.Max > Max ? next.MaxTime : MaxTime, Math.Max(Max, next.Max));
}
