using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Mqtt;

/// <summary>In a cluster: goes on with what nodes have left behind that are gone, and with sessions that nobody has, as the start of a single process does for the one before.</summary>
/// <remarks>Each node with MQTT does so, and a session is taken by one. It is no duty: the node that has those may have no MQTT.</remarks>
internal sealed partial class GoneNodes(
    ClusterNodes nodes, MqttSessionClaims claims, PresenceStore presence, SessionMoves moves, ThisNode self, TimeProvider clock, ILogger<GoneNodes> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>What was given up belongs to whoever asked for it, if that one is there still. As long as a CONNECT may take.</summary>
    private static readonly TimeSpan FreeFor = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!self.IsOneOfMany) return;
        using PeriodicTimer timer = new(LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotLooked(logger, e);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        HashSet<Guid> gone = [.. await nodes.ListGoneAsync(cancellationToken)];
        foreach (Guid holder in await claims.ListHoldersAsync(cancellationToken))
        {
            if (await nodes.IsGoneAsync(holder, cancellationToken)) gone.Add(holder);
        }

        foreach (Guid node in gone)
        {
            long gateways = await presence.DisconnectNodeAsync(new ThisNode(node, IsOneOfMany: true).Prefix, clock.GetUtcNow(), cancellationToken);
            int sessions = await AdoptAsync(() => claims.AdoptAsync(node, cancellationToken), cancellationToken);
            await nodes.ForgetAsync(node, cancellationToken);
            LogGone(logger, node, gateways, sessions);
        }

        await AdoptAsync(() => claims.AdoptFreeAsync(clock.GetUtcNow() - FreeFor, cancellationToken), cancellationToken);
    }

    private async Task<int> AdoptAsync(Func<Task<IReadOnlyList<MqttWholeSession>>> take, CancellationToken cancellationToken)
    {
        int sum = 0;
        while (await moves.AdoptAsync(take, cancellationToken) is var count and > 0) sum += count;
        return sum;
    }

    [LoggerMessage(4115, LogLevel.Warning, "Node {Node} is gone: {Gateways} gateways were connected to it, and {Sessions} MQTT sessions were its own")]
    private static partial void LogGone(ILogger logger, Guid node, long gateways, int sessions);

    [LoggerMessage(4116, LogLevel.Warning, "What nodes that are gone have left behind could not be looked for; it is tried again")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);
}
