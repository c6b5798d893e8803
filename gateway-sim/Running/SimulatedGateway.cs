using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Ledgers;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Server;
using StepCloud.GatewaySim.Uplink;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Running;

/// <summary>One gateway with all that it keeps: its devices' steps go in here, and come to the server when it can be reached.</summary>
public sealed class SimulatedGateway : IAsyncDisposable
{
    private readonly StepOutbox _outbox;
    private readonly Ledger _ledger;
    private readonly Tally _tally;
    private readonly GatewayUplink _uplink;

    private SimulatedGateway(GatewayFolder folder, StepOutbox outbox, Ledger ledger, Tally tally, DeviceBook devices, RunningWork work, GatewayUplink uplink)
    {
        Folder = folder;
        Devices = devices;
        Work = work;
        _outbox = outbox;
        _ledger = ledger;
        _tally = tally;
        _uplink = uplink;
    }

    public GatewayId Id => Folder.Credentials.Id;

    public GatewayFolder Folder { get; }

    public DeviceBook Devices { get; }

    /// <summary>What its machines do now.</summary>
    public RunningWork Work { get; }

    /// <summary>Steps that are made and neither acknowledged nor refused.</summary>
    public int Undelivered => _outbox.Count;

    public static SimulatedGateway Open(GatewayFolder folder, GatewaySetup setup)
    {
        (ServerApi server, UplinkOptions options, OutboxOptions outboxOptions, Tally tally, TimeProvider clock, ILogger logger) = setup;
        GatewayId id = folder.Credentials.Id;
        DeviceBook devices = DeviceBook.Read(folder.DevicesPath, clock);
        Ledger ledger = Ledger.Open(folder.LedgerPath);
        StepOutbox outbox = StepOutbox.Open(folder.OutboxPath, outboxOptions, logger);
        StepAnswers answers = new(id, outbox, ledger, tally, logger);
        StepSender sender = new(id, outbox, ledger, answers, options, clock, logger);
        RunningWork work = new(clock);
        GatewayTokens tokens = new(server, folder, clock);
        GatewayUplink uplink = new(id, server, tokens, devices, outbox, sender, answers, work, tally, options, clock, logger);
        return new SimulatedGateway(folder, outbox, ledger, tally, devices, work, uplink);
    }

    /// <summary>Completes when the step is on the disk, from where it will be sent. Waits while the outbox is full.</summary>
    /// <exception cref="UserErrorException">No server takes a step of this size.</exception>
    public async Task MakeAsync(StepEvent step, CancellationToken cancellationToken)
    {
        byte[] payload = StepJson.Write(step);
        if (payload.Length > StepLimits.StepBytesMax)
            throw new UserErrorException($"The step '{step.Label}' of {step.Started:O} takes {payload.Length} bytes; {StepLimits.StepBytesMax} are allowed.");
        int samples = StepJson.SamplesOf(step);
        await _outbox.AppendAsync(new OutboxStep(step.Id, samples, payload) { ContentHash = ContentHash.Of(step) }, cancellationToken);
        _tally.CountMade(samples);
    }

    /// <summary>Connects and delivers until it is cancelled; then it says goodbye. All devices are to be met before.</summary>
    public Task RunUplinkAsync(CancellationToken cancellationToken) => _uplink.RunAsync(cancellationToken);

    public Task WhenDeliveredAsync(CancellationToken cancellationToken) => _outbox.WhenEmptyAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _ledger.Dispose();
    }
}
