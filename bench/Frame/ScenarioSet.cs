namespace StepCloud.Bench.Frame;

/// <summary>Scenarios that have commands already, and that somebody wants together.</summary>
/// <param name="Title">The command's help.</param>
internal sealed record ScenarioSet(string Name, string Title, IReadOnlyList<Scenario> Scenarios);
