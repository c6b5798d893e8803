using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Running;

/// <summary>Gateways that are opened and closed together.</summary>
public sealed class GatewaySet : IAsyncDisposable
{
    private readonly List<SimulatedGateway> _gateways = [];

    public IReadOnlyList<SimulatedGateway> All => _gateways;

    public static GatewaySet Open(IEnumerable<GatewayFolder> folders, GatewaySetup setup)
    {
        GatewaySet set = new();
        foreach (GatewayFolder folder in folders)
            set._gateways.Add(SimulatedGateway.Open(folder, setup));
        return set;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedGateway gateway in _gateways)
            await gateway.DisposeAsync();
    }
}
