using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
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
            StepEvent step = draft.At(clock.GetUtcNow(), device, speed);
            gateway.Work.Begin(step);
            try
            {
                await Task.Delay(draft.Duration / speed, clock, cancellationToken);
            }
            finally
            {
                gateway.Work.End(step);
            }

            await gateway.MakeAsync(step, cancellationToken);
        }
    }
}
