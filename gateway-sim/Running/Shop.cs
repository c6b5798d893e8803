using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Machines;

namespace StepCloud.GatewaySim.Running;

/// <summary>Several gateways, each with a printer, a washer, a curing unit and a plug, until it is told to stop.</summary>
/// <param name="speed">The machines run so many times as fast as they would.</param>
/// <param name="poisonEvery">One step in so many is none that a server may store; null for none.</param>
public sealed class Shop(IReadOnlyList<SimulatedGateway> gateways, double speed, int? poisonEvery, TimeProvider clock)
{
    /// <summary>Works until <paramref name="stopWork"/>, then delivers what is left.</summary>
    /// <param name="drainMax">How long it tries to deliver what is left.</param>
    /// <exception cref="IOException">An outbox cannot be written.</exception>
    public async Task RunAsync(Func<TimeSpan> drainMax, CancellationToken stopWork)
    {
        // Devices first: the gateways announce all of them when they connect.
        List<Func<CancellationToken, Task>> work = [.. gateways.SelectMany(Machines)];
        using CancellationTokenSource hangUp = new();
        List<Func<CancellationToken, Task>> all =
        [
            .. gateways.Select(gateway => (Func<CancellationToken, Task>)gateway.RunUplinkAsync),
            async cancellationToken =>
            {
                using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stopWork, cancellationToken);
                await Together.RunAsync(work, stop.Token);
                await DrainAsync(drainMax(), cancellationToken);
                await hangUp.CancelAsync();
            },
        ];
        await Together.RunAsync(all, hangUp.Token);
    }

    private IEnumerable<Func<CancellationToken, Task>> Machines(SimulatedGateway gateway)
    {
        IMachine[] machines =
        [
            new ResinPrinter(new Random()), new UltrasonicWasher(new Random()), new CuringUnit(new Random()), new EnergyPlug(new Random()),
        ];
        foreach (IMachine machine in machines)
        {
            DeviceId device = gateway.Devices.Meet(machine.Kind);
            yield return cancellationToken => MachineRunner.RunAsync(gateway, machine, device, speed, poisonEvery, clock, cancellationToken);
        }
    }

    private async Task DrainAsync(TimeSpan drainMax, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(drainMax, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await Task.WhenAll(gateways.Select(gateway => gateway.WhenDeliveredAsync(either.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
