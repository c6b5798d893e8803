using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Api.Hosting;
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
        preview.SetAction((parsed, cancellationToken) => UseAsync(parsed, (run, progress) => run.PreviewAsync(_organization.Read(parsed), progress, cancellationToken), cancellationToken));
        Command now = new("run", "Take away what is due now. It cannot be brought back; what a legal hold names stays.") { _json };
        _common.AddTo(now);
        now.SetAction((parsed, cancellationToken) => UseAsync(parsed, (run, progress) => run.RunAsync(progress, cancellationToken), cancellationToken));
        return new Command("retention", "How long steps and their samples are kept.") { preview, now };
    }

    private Task<int> UseAsync(
        ParseResult parsed, Func<RetentionRun, IProgress<string>, Task<IReadOnlyList<TakenSteps>>> work, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        async database =>
        {
            RetentionRun run = new(
                database.Database, new StepPartitions(database.Database, clock, NullLogger<StepPartitions>.Instance), clock, NullLogger<RetentionRun>.Instance);
            IReadOnlyList<TakenSteps> months = await work(run, new MonthLine());
            if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { months }));
            else if (months.Count == 0) Console.WriteLine("Nothing is due.");
            else foreach (TakenSteps of in months) Console.WriteLine($"{of.Month} of organization {of.Organization}: {of.Thinned} steps lose their samples, {of.Dropped} steps go");
            return ExitCodes.Good;
        },
        clock,
        cancellationToken);

    /// <summary>A month can take minutes: it is told of on standard error before.</summary>
    private sealed class MonthLine : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"{value} ...");
    }
}
