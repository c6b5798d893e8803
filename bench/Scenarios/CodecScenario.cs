using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using StepCloud.Bench.Codec;
using StepCloud.Bench.Frame;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Scenarios;

/// <summary>Time and allocations of single packets, by BenchmarkDotNet and its memory diagnoser.</summary>
internal sealed class CodecScenario : Scenario
{
    private static readonly Metric s_time = new("nanoseconds", "ns", "0.0", IsHeadline: true);
    private static readonly Metric s_allocated = new("allocated_bytes", "allocated bytes", "0");

    public override string Name => "codec";

    public override string Title => "The codec, packet by packet";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        context.Say("codec: BenchmarkDotNet measures for a minute or two ...");
        // It cannot be stopped, but it starts no process and ends with this one.
        var summary = await Task.Run(() => BenchmarkRunner.Run<CodecBenchmarks>(Configuration(context)), cancellationToken).WaitAsync(cancellationToken);
        if (summary.HasCriticalValidationErrors)
            throw new BenchException(string.Join('\n', summary.ValidationErrors.Select(static error => error.Message)));

        var cases = summary.Reports
            .GroupBy(static report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name, StringComparer.Ordinal)
            .Select(static reports => new CaseResult(reports.Key, [s_time, s_allocated], Reference: null, [.. reports.Select(ToResult)]));
        return context.Result(this, new Dictionary<string, string> { ["BenchmarkDotNet"] = typeof(BenchmarkRunner).Assembly.GetName().Version!.ToString(3) }, [.. cases]);
    }

    /// <summary>In this process: it needs neither a compiler nor a feed, and the codec shares nothing with what else is loaded.</summary>
    private static ManualConfig Configuration(ScenarioContext context) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(context.Quick ? 50 : 250))
            .WithWarmupCount(context.Quick ? 2 : 6)
            .WithIterationCount(Math.Max(3, context.Rounds)))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
        .AddLogger(NullLogger.Instance)
        .AddFilter(new SimpleFilter(static benchmark => !HasProperties(benchmark) || CanHaveProperties(benchmark)))
        .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "stepcloud-bench"));

    private static CompetitorResult ToResult(BenchmarkDotNet.Reports.BenchmarkReport report)
    {
        var benchmark = report.BenchmarkCase;
        string name = (VersionOf(benchmark) == MqttVersion.V311 ? "3.1.1" : "5.0") + (HasProperties(benchmark) ? ", properties" : "");
        if (report.ResultStatistics is not { } times) throw new BenchException($"{benchmark.DisplayInfo} gave no result.");
        return new CompetitorResult(name, new Dictionary<string, Figure>
        {
            [s_time.Key] = new(Summary.Of(times.OriginalValues), null),
            [s_allocated.Key] = new(Summary.Of([report.GcStats.GetBytesAllocatedPerOperation(benchmark) ?? double.NaN]), null),
        });
    }

    private static MqttVersion VersionOf(BenchmarkCase benchmark) => (MqttVersion)benchmark.Parameters[nameof(CodecBenchmarks.Version)];

    /// <summary>Version 3.1.1 has none, and those of an acknowledgement are not what it is measured with: nothing is measured twice.</summary>
    private static bool CanHaveProperties(BenchmarkCase benchmark) =>
        VersionOf(benchmark) == MqttVersion.V500
        && benchmark.Descriptor.WorkloadMethod.Name is nameof(CodecBenchmarks.DecodePublish) or nameof(CodecBenchmarks.EncodePublish);

    private static bool HasProperties(BenchmarkCase benchmark) => (bool)benchmark.Parameters[nameof(CodecBenchmarks.Properties)];
}
