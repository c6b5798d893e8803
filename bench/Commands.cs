using System.CommandLine;
using Spectre.Console;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench;

/// <summary>A command for each scenario and one for all of them, with the options that they share.</summary>
internal sealed class Commands
{
    private const int UserError = 2;
    private const int Incomplete = 1;

    private readonly Option<int> _rounds = Shared(Arguments.Number("--rounds", "Rounds of each competitor.", 5, 1, 100));
    private readonly Option<double> _seconds = Shared(Arguments.Number("--seconds", "Of each round that is measured by time.", 5.0, 0.1, 600));
    private readonly Option<double> _warmUp = Shared(Arguments.Number("--warm-up", "Seconds of load before the first round, where there is one; long enough for a profiler, when somebody asks for it.", 15.0, 0, 600));
    private readonly Option<bool> _quick = Shared(new Option<bool>("--quick") { Description = "Only to see that it works: two rounds of a second, a tenth of the connections." });
    private readonly Option<bool> _json = Shared(new Option<bool>("--json") { Description = "The results on the standard output as JSON instead of tables." });
    private readonly Option<bool> _writeDocs = Shared(new Option<bool>("--write-docs") { Description = "Puts the tables into docs/PERFORMANCE.md." });

    public static async Task<int> RunAsync(
        IReadOnlyList<Scenario> scenarios, IReadOnlyList<ScenarioGroup> groups, IReadOnlyList<ScenarioSet> sets, string[] args, CancellationToken cancellationToken)
    {
        var parsed = new Commands().Build(scenarios, groups, sets).Parse(args);
        try
        {
            // Signals are ours: the servers that were started have to be stopped first.
            InvocationConfiguration configuration = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
            int code = await parsed.InvokeAsync(configuration, cancellationToken);
            return parsed.Errors.Count > 0 ? UserError : code;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Servers may have got the same signal, so that anything can have failed.
            await Console.Error.WriteLineAsync("Stopped; nothing was written.");
            return Incomplete;
        }
        catch (BenchException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return UserError;
        }
    }

    private static Option<T> Shared<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }

    private RootCommand Build(IReadOnlyList<Scenario> scenarios, IReadOnlyList<ScenarioGroup> groups, IReadOnlyList<ScenarioSet> sets)
    {
        RootCommand root = new("Measures StepCloud against what one would use instead.") { _rounds, _seconds, _warmUp, _quick, _json, _writeDocs };
        foreach (var scenario in scenarios) root.Add(Build(scenario.Name, scenario.Title + ".", [scenario]));
        foreach (var group in groups) root.Add(Build(group));
        foreach (var set in sets) root.Add(Build(set.Name, set.Title + ".", set.Scenarios));
        root.Add(Build("all", "All of them, one after the other.", [.. scenarios, .. groups.SelectMany(static group => group.Scenarios)]));
        return root;
    }

    private Command Build(ScenarioGroup group)
    {
        Argument<string[]> which = new("which") { Description = "Which of them; all of them when none is named.", Arity = ArgumentArity.ZeroOrMore };
        which.AcceptOnlyFromAmong([.. group.Scenarios.Select(group.NameOf)]);
        Command command = new(group.Name, group.Title + ".") { which };
        foreach (var option in group.Scenarios.SelectMany(static scenario => scenario.Options)) command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            string[] asked = parsed.GetValue(which) is { Length: > 0 } named ? named : [.. group.Scenarios.Select(group.NameOf)];
            return RunAsync(parsed, [.. group.Scenarios.Where(scenario => asked.Contains(group.NameOf(scenario)))], cancellationToken);
        });
        return command;
    }

    private Command Build(string name, string description, IReadOnlyList<Scenario> scenarios)
    {
        Command command = new(name, description);
        foreach (var option in scenarios.SelectMany(static scenario => scenario.Options)) command.Add(option);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, scenarios, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        List<ScenarioResult> results = [];
        await using var progress = ProgressLine.Start();
        bool quick = parsed.GetValue(_quick);
        var context = new ScenarioContext(
            quick ? 2 : parsed.GetValue(_rounds), TimeSpan.FromSeconds(quick ? 1 : parsed.GetValue(_seconds)), TimeSpan.FromSeconds(quick ? 3 : parsed.GetValue(_warmUp)), quick, parsed, TimeProvider.System, progress.Say);
        foreach (var scenario in scenarios)
        {
            var result = await scenario.RunAsync(context, cancellationToken);
            results.Add(result);
            ResultFiles.Write(result);
            if (parsed.GetValue(_writeDocs)) ResultFiles.WriteToPage(result);
        }

        await progress.DisposeAsync();
        if (json) await Console.Out.WriteLineAsync(ResultFiles.ToJson(results));
        else results.ForEach(Print);
        return 0;
    }

    /// <summary>As Markdown where nobody looks at it at once.</summary>
    private static void Print(ScenarioResult result)
    {
        var table = new ResultTable(result);
        if (AnsiConsole.Profile.Out.IsTerminal) table.Write(AnsiConsole.Console, result.Title);
        else Console.WriteLine($"## {result.Title}\n\n{table.ToMarkdown()}");
    }
}
