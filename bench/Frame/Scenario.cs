using System.CommandLine;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Frame;

/// <summary>One question to be answered by measuring, and a command of its own.</summary>
internal abstract class Scenario
{
    /// <summary>The command, and the name of its files.</summary>
    public abstract string Name { get; }

    /// <summary>What is measured, in one sentence: the command's help and the heading of table and chart.</summary>
    public abstract string Title { get; }

    /// <summary>Beside those that all scenarios have.</summary>
    public virtual IReadOnlyList<Option> Options => [];

    /// <exception cref="BenchException">Something that it needs is not there, or one of the servers failed.</exception>
    public abstract Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}

/// <summary>What the frame gives to a scenario.</summary>
/// <param name="WarmUp">Load before the first round: .NET compiles the hot path twice, and PostgreSQL's files grow to their first size.</param>
/// <param name="Quick">Whether it only shall be seen to work: less of everything.</param>
/// <param name="Parsed">The command line, for the scenario's own options.</param>
/// <param name="Say">Tells whoever waits where the run is.</param>
internal sealed record ScenarioContext(int Rounds, TimeSpan RoundDuration, TimeSpan WarmUp, bool Quick, ParseResult Parsed, TimeProvider Time, Action<string> Say)
{
    private readonly double _loadAverage = ProcessStatus.LoadAverage();

    public ScenarioResult Result(Scenario scenario, IReadOnlyDictionary<string, string> settings, params IReadOnlyList<CaseResult> cases)
    {
        var run = new RunFacts(Time.GetUtcNow(), Checkout.Commit(), Rounds, _loadAverage, Machine.Read(), settings);
        return new ScenarioResult(scenario.Name, scenario.Title, run, cases);
    }
}

/// <summary>The run cannot go on; the message is for whoever started it.</summary>
internal sealed class BenchException(string message) : Exception(message);
