using StepCloud.Api.Workflows.Records;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;

namespace StepCloud.Bench.Scenarios;

/// <summary>How long the record of a big job takes to become a PDF.</summary>
internal sealed class BatchRecordScenario : Scenario
{
    private const int Steps = 50, SeriesOfStep = 40, Points = 120;

    private static readonly Metric s_time = new("milliseconds", "ms", "N0", IsHeadline: true);
    private static readonly Metric s_cpu = new("cpu_milliseconds", "CPU, ms", "N0");
    private static readonly Metric s_bytes = new("bytes", "bytes");

    public override string Name => "batch-record";

    public override string Title => "The record of a job as PDF";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        byte[] file = JobRecord.Make(Steps, SeriesOfStep, Points);
        // The first one compiles what all of them run, as a server's first one does.
        BatchRecordPdf.Make(BatchRecordFile.Read(file));
        var read = await Contest.RunAsync(
            $"{Steps} steps, {SeriesOfStep} series each, {Points} points a chart",
            [s_time, s_cpu, s_bytes],
            [
                new Competitor("read and printed", _ => Measure(() => BatchRecordPdf.Make(BatchRecordFile.Read(file)).Length, context)),
            ],
            context.Rounds, context.Say, cancellationToken);
        return context.Result(this, new Dictionary<string, string> { ["bytes of the file"] = $"{file.Length}" }, read);
    }

    private static Task<IReadOnlyDictionary<Metric, double>> Measure(Func<int> make, ScenarioContext context)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        long begun = context.Time.GetTimestamp();
        int bytes = make();
        double milliseconds = context.Time.GetElapsedTime(begun).TotalMilliseconds;
        return Task.FromResult<IReadOnlyDictionary<Metric, double>>(new Dictionary<Metric, double>
        {
            [s_time] = milliseconds, [s_cpu] = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds, [s_bytes] = bytes,
        });
    }
}
