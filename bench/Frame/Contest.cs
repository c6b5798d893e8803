namespace StepCloud.Bench.Frame;

/// <summary>One that takes part: each call is one round, and gives a value for every metric it can tell.</summary>
internal sealed record Competitor(string Name, Func<CancellationToken, Task<IReadOnlyDictionary<Metric, double>>> MeasureAsync);

/// <summary>Lets competitors run in turn, round by round, so that what else the machine does meets all of them alike.</summary>
internal static class Contest
{
    /// <param name="competitors">The last one is the reference, when there is more than one.</param>
    /// <param name="hasReference">False where they are only listed.</param>
    public static async Task<CaseResult> RunAsync(
        string name, IReadOnlyList<Metric> metrics, IReadOnlyList<Competitor> competitors, int rounds, Action<string> say, CancellationToken cancellationToken,
        bool hasReference = true)
    {
        var values = competitors.Select(_ => new List<IReadOnlyDictionary<Metric, double>>()).ToArray();
        for (int round = 1; round <= rounds; round++)
        {
            for (int i = 0; i < competitors.Count; i++)
            {
                say($"{name}: round {round} of {rounds}, {competitors[i].Name} ...");
                var measured = await competitors[i].MeasureAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                values[i].Add(measured);
                say($"{name}: round {round} of {rounds}, {competitors[i].Name}: {Headlines(metrics, measured)}");
            }
        }

        return Summarize(name, metrics, hasReference, [.. competitors.Zip(values, static (competitor, rounds) => (competitor.Name, rounds))]);
    }

    /// <summary>Two of them again, the one beside the other.</summary>
    public static CaseResult Against(CaseResult all, string name, string competitor, string reference)
    {
        var (own, other) = (Find(competitor), Find(reference));
        var compared = own.Figures.ToDictionary(
            static figure => figure.Key,
            figure => figure.Value with
            {
                RatioToReference = all.Metrics.Any(metric => metric.Key == figure.Key && metric.IsHeadline) && other.Figures.TryGetValue(figure.Key, out var its)
                    ? Summary.RatioOf(figure.Value.Summary.Rounds, its.Summary.Rounds)
                    : null,
            });
        var bare = other.Figures.ToDictionary(static figure => figure.Key, static figure => figure.Value with { RatioToReference = null });
        return new CaseResult(name, all.Metrics, reference, [own with { Figures = compared }, other with { Figures = bare }]);

        CompetitorResult Find(string wanted) => all.Competitors.First(one => one.Name == wanted);
    }

    private static CaseResult Summarize(
        string name, IReadOnlyList<Metric> metrics, bool hasReference, IReadOnlyList<(string Name, List<IReadOnlyDictionary<Metric, double>> Rounds)> measured)
    {
        var reference = hasReference && measured.Count > 1 ? measured[^1].Rounds : null;
        return new CaseResult(name, metrics, reference is null ? null : measured[^1].Name, [.. measured.Select(ToResult)]);

        CompetitorResult ToResult((string Name, List<IReadOnlyDictionary<Metric, double>> Rounds) competitor) => new(
            competitor.Name,
            metrics.Where(competitor.Rounds[0].ContainsKey).ToDictionary(static metric => metric.Key, metric => ToFigure(metric, competitor.Rounds)));

        Figure ToFigure(Metric metric, List<IReadOnlyDictionary<Metric, double>> rounds)
        {
            var own = Of(metric, rounds);
            bool isCompared = metric.IsHeadline && reference is not null && rounds != reference && reference[0].ContainsKey(metric);
            return new Figure(Summary.Of(own), isCompared ? Summary.RatioOf(own, Of(metric, reference!)) : null);
        }
    }

    private static double[] Of(Metric metric, List<IReadOnlyDictionary<Metric, double>> rounds) => [.. rounds.Select(round => round[metric])];

    private static string Headlines(IReadOnlyList<Metric> metrics, IReadOnlyDictionary<Metric, double> measured) => string.Join(", ", metrics
        .Where(metric => metric.IsHeadline && measured.ContainsKey(metric))
        .Select(metric => $"{measured[metric].ToString(metric.Format)} {metric.Title}"));
}
