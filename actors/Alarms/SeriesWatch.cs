namespace StepCloud.Actors.Alarms;

/// <summary>Holds the samples of one step against a threshold.</summary>
/// <remarks>
/// The condition comes to hold at a sample when that one and all before it, back to one that is as old as the rule says, are outside. It ceases at the
/// first sample that is well inside. What holds at a step's end, holds on until a later step's sample; a sample that is outside does not count on
/// from one step into the next, since there are none between them.
/// </remarks>
public static class SeriesWatch
{
    /// <summary>By what is known of all samples together. Most steps of most shops need no more.</summary>
    /// <returns>Null when the samples themselves are needed.</returns>
    public static SeriesVerdict? Of(SeriesThreshold threshold, bool isOpen, SeriesExtent extent)
    {
        if (extent.Count == 0) return new SeriesVerdict(null, null, isOpen);
        SeriesPoint first = new(extent.FirstTimeUs, extent.First);
        if (isOpen) return IsAllWellInside(threshold, extent) ? new SeriesVerdict(null, first, IsOpen: false) : null;
        if (!threshold.IsOutside(extent.Min) && !threshold.IsOutside(extent.Max)) return new SeriesVerdict(null, null, IsOpen: false);
        return extent.LastTimeUs - extent.FirstTimeUs < threshold.ForUs ? new SeriesVerdict(null, null, IsOpen: false) : null;
    }

    /// <param name="isOpen">Whether the condition holds from before.</param>
    /// <param name="times">Microseconds since the step's start, never going back.</param>
    public static SeriesVerdict Of(SeriesThreshold threshold, bool isOpen, ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        SeriesPoint? raised = null, cleared = null;
        long? outsideSince = null;
        for (int i = 0; i < values.Length; i++)
        {
            SeriesPoint point = new(times[i], values[i]);
            if (isOpen)
            {
                if (!threshold.IsWellInside(point.Value)) continue;
                isOpen = false;
                cleared = point;
                outsideSince = null;
            }
            else if (!threshold.IsOutside(point.Value))
            {
                outsideSince = null;
            }
            else
            {
                outsideSince ??= point.TimeUs;
                if (point.TimeUs - outsideSince < threshold.ForUs) continue;
                isOpen = true;
                raised ??= point;
            }
        }

        return new SeriesVerdict(raised, isOpen ? null : cleared, isOpen);
    }

    private static bool IsAllWellInside(SeriesThreshold threshold, SeriesExtent extent) =>
        threshold.IsWellInside(extent.Min) && threshold.IsWellInside(extent.Max);
}
