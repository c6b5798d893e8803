using System.Text.Json.Serialization;

namespace StepCloud.Bench.Frame;

/// <summary>All that one run of a scenario found out.</summary>
internal sealed record ScenarioResult(string Scenario, string Title, RunFacts Run, IReadOnlyList<CaseResult> Cases);

/// <summary>When, where and with what a run was made.</summary>
/// <param name="Commit">Of the checkout, with <c>-dirty</c> when it had changes; "unknown" outside of one.</param>
/// <param name="LoadAverage">Of the machine, over the minute before the run: above 0.5 something else was running.</param>
/// <param name="Settings">What the scenario was told, and the versions of what it compares with.</param>
internal sealed record RunFacts(
    DateTimeOffset At, string Commit, int Rounds, double LoadAverage, Machine Machine, IReadOnlyDictionary<string, string> Settings);

/// <summary>One setting in which all competitors were measured.</summary>
/// <param name="Reference">The competitor that the others' ratios are to; null: there are none.</param>
internal sealed record CaseResult(
    string Name, [property: JsonIgnore] IReadOnlyList<Metric> Metrics, string? Reference, IReadOnlyList<CompetitorResult> Competitors);

/// <param name="Figures">By the metric's key; what a competitor cannot tell is not there.</param>
internal sealed record CompetitorResult(string Name, IReadOnlyDictionary<string, Figure> Figures);

/// <param name="RatioToReference">Of headline metrics, for all but the reference itself.</param>
internal sealed record Figure(Summary Summary, double? RatioToReference);
