using System.Runtime.InteropServices;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Charts;

/// <param name="Time">Microseconds since 1970.</param>
/// <param name="Row">Which of the chart's series rows it is of: a step's.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowPoint(long Time, double Value, int Row);

/// <summary>What one pixel column shows.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct ChartColumn
{
    public long Count;
    public double Mean;
    public RowPoint First;
    public RowPoint Last;
    public RowPoint Min;
    public RowPoint Max;

    /// <summary>Takes in samples of which only this is known, in any order.</summary>
    public void Add(int row, in SeriesSummary samples)
    {
        RowPoint first = new(samples.FirstTime, samples.First, row);
        RowPoint last = new(samples.LastTime, samples.Last, row);
        RowPoint min = new(samples.MinTime, samples.Min, row);
        RowPoint max = new(samples.MaxTime, samples.Max, row);
        if (Count == 0)
        {
            (First, Last, Min, Max) = (first, last, min, max);
        }
        else
        {
            if (first.Time < First.Time) First = first;
            if (last.Time >= Last.Time) Last = last;
            if (min.Value < Min.Value || (min.Value == Min.Value && min.Time < Min.Time)) Min = min;
            if (max.Value > Max.Value || (max.Value == Max.Value && max.Time < Max.Time)) Max = max;
        }

        Mean = SeriesSummary.MeanOf(Mean, Count, samples.Mean, samples.Count);
        Count += samples.Count;
    }

    /// <summary>The four points in the order of their times, each once.</summary>
    public readonly int CopyPoints(Span<RowPoint> points)
    {
        (RowPoint second, RowPoint third) = Min.Time <= Max.Time ? (Min, Max) : (Max, Min);
        points[0] = First;
        int count = 1;
        foreach (RowPoint next in (ReadOnlySpan<RowPoint>)[second, third, Last])
        {
            if (next != points[count - 1]) points[count++] = next;
        }

        return count;
    }
}
