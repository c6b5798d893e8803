using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Machines;

namespace StepCloud.GatewaySim.Running;

/// <summary>Lets a machine work by the clock: each step is reported when it ends, and the one that is cut short is not.</summary>
public static class MachineRunner
{
    /// <param name="speed">The machine runs so many times as fast as it would.</param>
    /// <param name="poisonEvery">One step in so many is of a device that nobody has announced; null for none.</param>
    public static async Task RunAsync(
        SimulatedGateway gateway, IMachine machine, DeviceId device, double speed, int? poisonEvery, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Machines of one shop do not all begin in the same moment.
        await Task.Delay(TimeSpan.FromSeconds(Random.Shared.NextDouble() / speed), clock, cancellationToken);
        int made = 0;
        foreach (StepDraft draft in machine.Work())
        {
            bool isPoison = poisonEvery is { } every && ++made % every == 0;
            StepEvent step = draft.At(clock.GetUtcNow(), isPoison ? DeviceId.New(clock) : device, speed);
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
