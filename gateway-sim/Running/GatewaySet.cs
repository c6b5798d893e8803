using Microsoft.Extensions.Logging;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Server;
using StepCloud.GatewaySim.Uplink;

namespace StepCloud.GatewaySim.Running;

/// <summary>Gateways that are opened and closed together.</summary>
public sealed class GatewaySet : IAsyncDisposable
{
    private readonly List<SimulatedGateway> _gateways = [];

    public IReadOnlyList<SimulatedGateway> All => _gateways;

    public static GatewaySet Open(
        IEnumerable<GatewayFolder> folders, ServerApi server, UplinkOptions uplink, OutboxOptions outbox, Tally tally, TimeProvider clock, ILogger logger)
    {
        GatewaySet set = new();
        foreach (GatewayFolder folder in folders)
            set._gateways.Add(SimulatedGateway.Open(folder, server, uplink, outbox, tally, clock, logger));
        return set;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedGateway gateway in _gateways)
            await gateway.DisposeAsync();
    }
}
