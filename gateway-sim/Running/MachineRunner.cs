using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Machines;

namespace StepCloud.GatewaySim.Running;

/// <summary>Lets a machine work by the clock: each step is reported when it ends, and the one that is cut short is not.</summary>
public static class MachineRunner
{
    /// <param name="speed">The machine runs so many times as fast as it would.</param>
    public static async Task RunAsync(
        SimulatedGateway gateway, IMachine machine, DeviceId device, double speed, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Machines of one shop do not all begin in the same moment.
        await Task.Delay(TimeSpan.FromSeconds(Random.Shared.NextDouble() / speed), clock, cancellationToken);
        foreach (StepDraft draft in machine.Work())
        {
            DateTimeOffset started = clock.GetUtcNow();
            await Task.Delay(draft.Duration / speed, clock, cancellationToken);
            await gateway.MakeAsync(draft.At(started, device, speed), cancellationToken);
        }
    }
}
