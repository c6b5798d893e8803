namespace StepCloud.Storage.Charts;

/// <summary>Largest Triangle Three Buckets (Steinarsson, University of Iceland 2013): the points that a person would draw.</summary>
internal static class Lttb
{
    /// <returns>At most <paramref name="count"/> of the points, the first and the last among them.</returns>
    public static List<ChartPoint> Choose(List<ChartPoint> points, int count)
    {
        if (points.Count <= count || count < 3) return count < 3 && points.Count > count ? Ends(points, count) : points;
        List<ChartPoint> chosen = new(count) { points[0] };
        int last = 0;
        double bucket = (double)(points.Count - 2) / (count - 2);
        for (int i = 0; i < count - 2; i++)
        {
            int from = 1 + (int)(i * bucket);
            int to = 1 + (int)((i + 1) * bucket);
            int end = Math.Min(points.Count, 1 + (int)((i + 2) * bucket));
            (double time, double value) = MeanOf(points, to, Math.Max(end, to + 1));
            int best = from;
            double most = -1;
            for (int at = from; at < to; at++)
            {
                double area = Math.Abs(
                    ((points[last].Time - time) * (points[at].Value - points[last].Value))
                    - ((points[last].Time - (double)points[at].Time) * (value - points[last].Value)));
                if (area > most) (most, best) = (area, at);
            }

            Add(best);
        }

        Add(points.Count - 1);
        return chosen;

        void Add(int at)
        {
            chosen.Add(points[at] with { IsJoined = IsJoined(points, last, at) });
            last = at;
        }
    }

    private static List<ChartPoint> Ends(List<ChartPoint> points, int count) =>
        count == 1 ? [points[0]] : [points[0], points[^1] with { IsJoined = IsJoined(points, 0, points.Count - 1) }];

    /// <summary>Where a point that was left out had a gap before it, there is one now.</summary>
    private static bool IsJoined(List<ChartPoint> points, int last, int next)
    {
        for (int i = last + 1; i <= next; i++)
        {
            if (!points[i].IsJoined) return false;
        }

        return true;
    }

    private static (double Time, double Value) MeanOf(List<ChartPoint> points, int from, int to)
    {
        double time = 0;
        double value = 0;
        for (int i = from; i < to; i++)
        {
            time += points[i].Time;
            value += points[i].Value;
        }

        return (time / (to - from), value / (to - from));
    }
}
