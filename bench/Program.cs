using System.Runtime.InteropServices;
using StepCloud.Bench;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Scenarios;
using StepCloud.Bench.Scenarios.Ingest;

using CancellationTokenSource stop = new();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

SeriesScenario series = new();
GrowthScenario growth = new();
Scenario[] scenarios = [new BrokerScenario(), new ConnectionsScenario(), new CodecScenario(), new SignInScenario(), new HttpScenario(), series, new BatchRecordScenario(), new JobsScenario(), new GatewaysScenario(), new ClusterScenario(), new RecordingsScenario(), new WatchingScenario()];
ScenarioGroup ingest = new("ingest", "Ingest at the limit of the database", [new StepsScenario(), new SamplesScenario(), new LatencyScenario(), new PostScenario(), new BacklogScenario(), growth]);
ScenarioSet storage = new("storage", "What is stored, in bytes and in time: series, and ingest growth", [series, growth]);
return await Commands.RunAsync(scenarios, [ingest], [storage], args, stop.Token);

// However often it is sent: stopping takes no longer than killing the servers.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
