using System.Runtime.InteropServices;
using StepCloud.Bench;
using StepCloud.Bench.Scenarios;

using CancellationTokenSource stop = new();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

return await Commands.RunAsync([new BrokerScenario(), new ConnectionsScenario(), new CodecScenario(), new SignInScenario(), new HttpScenario(), new SeriesScenario(), new BatchRecordScenario(), new JobsScenario(), new GatewaysScenario(), new ClusterScenario()], args, stop.Token);

// However often it is sent: stopping takes no longer than killing the servers.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
