using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Running;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Makes the steps of recorded jobs, each when it is due, and delivers them.</summary>
public sealed class ReplayRunner(SimulatedGateway gateway, DeviceId device, ReplayStarts starts, ReplaySpeed speed, TimeProvider clock)
{
    /// <summary>Ends when all is delivered, or when it is cancelled: what is made stays in the outbox.</summary>
    /// <param name="onStep">Told of each step that was made.</param>
    public async Task RunAsync(IReadOnlyList<ReplayJob> jobs, Action<ReplayJob> onStep, CancellationToken cancellationToken)
    {
        using CancellationTokenSource hangUp = new();
        await Together.RunAsync(
            [
                gateway.RunUplinkAsync,
                async uplinkFailed =>
                {
                    using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, uplinkFailed);
                    try
                    {
                        await MakeAsync(jobs, onStep, stop.Token);
                        await gateway.WhenDeliveredAsync(stop.Token);
                    }
                    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                    {
                        // The caller sees what is left in the outbox.
                    }
                    await hangUp.CancelAsync();
                },
            ],
            hangUp.Token);
    }

    private async Task MakeAsync(IReadOnlyList<ReplayJob> jobs, Action<ReplayJob> onStep, CancellationToken cancellationToken)
    {
        foreach (ReplayJob job in jobs)
        {
            // Kept before anything is sent: a replay that is killed here and started again makes the same steps.
            starts.Keep(device, job.File, new KeptStart(job.Start, job.FileName));
            long began = clock.GetTimestamp();
            foreach (StepEvent step in ReplaySteps.Of(job, device))
            {
                TimeSpan due = speed.Scale(step.Ended - job.Start);
                TimeSpan early = due - clock.GetElapsedTime(began);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, clock, cancellationToken);
                await gateway.MakeAsync(step, cancellationToken);
                onStep(job);
            }
        }
    }
}
