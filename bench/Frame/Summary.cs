namespace StepCloud.Bench.Frame;

/// <summary>What the rounds of one figure come to.</summary>
/// <param name="Spread">Between the best and the worst round, as a part of the median: 0.05 is 5 %.</param>
public sealed record Summary(double Median, double Min, double Max, double Spread, IReadOnlyList<double> Rounds)
{
    /// <exception cref="ArgumentException">There is no round.</exception>
    public static Summary Of(IReadOnlyList<double> rounds)
    {
        double median = MedianOf(rounds);
        double min = rounds.Min();
        double max = rounds.Max();
        return new Summary(median, min, max, median == 0 ? 0 : (max - min) / Math.Abs(median), rounds);
    }

    /// <exception cref="ArgumentException">There is no value.</exception>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) throw new ArgumentException("Nothing has no median.", nameof(values));
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>
    /// The median of the rounds' own ratios, not the ratio of the medians: a round and the reference's round next to it had the same machine,
    /// whatever else ran on it then.
    /// </summary>
    /// <returns>Null where a round of the reference is 0, or the two have not the same number of rounds.</returns>
    public static double? RatioOf(IReadOnlyList<double> rounds, IReadOnlyList<double> reference)
    {
        if (rounds.Count != reference.Count || reference.Contains(0)) return null;
        return MedianOf(rounds.Zip(reference, static (own, other) => own / other));
    }
}
