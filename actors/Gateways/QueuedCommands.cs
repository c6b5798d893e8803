using StepCloud.Actors.Ports;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Gateways;

/// <summary>Brings what waits for a gateway to its connections: done by its actor, and in a cluster by the node that has the connection.</summary>
public static class QueuedCommands
{
    /// <summary>Sends oldest first, as long as the gateway takes it. Each is marked as sent afterwards: what is sent twice, its id makes harmless.</summary>
    public static async Task SendAsync(
        GatewayId gateway, ICommandStore store, ICommandLink link, TimeProvider clock, CancellationToken cancellationToken)
    {
        foreach (GatewayCommand command in await store.ListQueuedAsync(gateway, clock.GetUtcNow(), cancellationToken))
        {
            if (!await link.SendAsync(gateway, command, cancellationToken)) return;
            await store.MarkSentAsync(gateway, [command.Id], clock.GetUtcNow(), cancellationToken);
        }
    }
}
