using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Retention;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud retention`: what is due by the organizations' rules, and to take it away without waiting for the next day.</summary>
internal sealed class RetentionCommand(TimeProvider clock)
{
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly OrganizationOption _organization = new("Of that organization only.");
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command preview = new("preview", "What would be taken away by now, by month and organization. Changes nothing.") { _json };
        _organization.AddTo(preview);
        _common.AddTo(preview);
        preview.SetAction((parsed, cancellationToken) => UseAsync(
            parsed,
            async (database, run, progress) =>
            {
                OrganizationId? organization = _organization.Read(parsed);
                await OrganizationOption.RequireAsync(organization, database, cancellationToken);
                return Tell(parsed, new RetentionResult(await run.PreviewAsync(organization, progress, cancellationToken), []), "Nothing is due.");
            },
            cancellationToken));
        Command now = new("run", "Take away what is due now. It cannot be brought back; what a legal hold names stays. A month is written anew once a week at most.") { _json };
        _common.AddTo(now);
        now.SetAction((parsed, cancellationToken) => UseAsync(
            parsed,
            async (_, run, progress) => Tell(parsed, await run.RunAsync(progress, cancellationToken), "Nothing was taken away. `preview` tells what is due, and a month is written anew once a week at most."),
            cancellationToken));
        return new Command("retention", "How long steps and their samples are kept.") { preview, now };
    }

    private Task<int> UseAsync(ParseResult parsed, Func<StepCloudDatabase, RetentionRun, IProgress<string>, Task<int>> work, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        database => work(
            database.Database,
            new RetentionRun(
                database.Database, new StepPartitions(database.Database, clock, NullLogger<StepPartitions>.Instance), clock, NullLogger<RetentionRun>.Instance),
            new MonthLine()),
        clock,
        cancellationToken);

    private int Tell(ParseResult parsed, RetentionResult result, string nothing)
    {
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(CommandJson.Text(new { months = result.Taken, result.Postponed }));
        }
        else
        {
            foreach (TakenSteps of in result.Taken) Console.WriteLine($"{of.Month} of organization {of.Organization}: samples of {of.Thinned} steps, {of.Dropped} whole steps");
            foreach (string month in result.Postponed) Console.WriteLine($"{month}: not done, since its tables were never free, rules or holds were changed, or the server was at it. Try again.");
            if (result is { Taken.Count: 0, Postponed.Count: 0 }) Console.WriteLine(nothing);
        }

        return result.Postponed.Count == 0 ? ExitCodes.Good : ExitCodes.Bad;
    }

    /// <summary>A month can take minutes: it is told of on standard error before.</summary>
    private sealed class MonthLine : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"{value} ...");
    }
}
