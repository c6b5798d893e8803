using Microsoft.Extensions.Hosting;

namespace StepCloud.Actors.Hosting;

/// <summary>Lets go of idle activations once a minute, and of all of them at the end.</summary>
public sealed class ActorSweeper(InProcessActors actors, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await actors.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await actors.EndIdleAsync(stoppingToken);
    }
}
