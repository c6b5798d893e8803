namespace StepCloud.Bench.Frame;

/// <summary>Scenarios that belong together: one command, which takes which of them to run. Each has its own result, chart and place in the page.</summary>
/// <param name="Name">Of the command; the scenarios' names begin with it and a hyphen.</param>
/// <param name="Title">The command's help.</param>
internal sealed record ScenarioGroup(string Name, string Title, IReadOnlyList<Scenario> Scenarios)
{
    /// <summary>What it is called within the group.</summary>
    public string NameOf(Scenario scenario) => scenario.Name[(Name.Length + 1)..];
}
