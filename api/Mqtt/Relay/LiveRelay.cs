using System.Collections.Concurrent;
using System.Collections.Frozen;
using StepCloud.Api.Watching;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt.Relay;

/// <summary>Brings live steps to those who subscribe to them at another node than their gateway's.</summary>
/// <remarks>
/// Each node tells all others which gateways are watched at it, and says so again as long as they are; the node where a gateway publishes hands its messages on to
/// those that have asked. What is handed on is told and not kept: the record is in the database.
/// </remarks>
internal sealed partial class LiveRelay(
    MqttEndpoint endpoint, ApiMetrics metrics, TimeProvider clock, ILogger<LiveRelay> logger, IOtherNodes? others = null)
    : BackgroundService, ILiveRelay
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>Several looks, so that one which is lost changes nothing; and what a node that died has asked for is soon forgotten.</summary>
    private static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(10);

    /// <summary>Who subscribes waits for it at most, and whoever cannot be told by then is told at the next look.</summary>
    private static readonly TimeSpan TellPatience = TimeSpan.FromSeconds(2);

    private static readonly string s_pattern = $"{Topics.Root}+/steps";

    /// <summary>What the others have asked for, by node; locked for both of these.</summary>
    private readonly Dictionary<string, Asked> _asked = [];
    private readonly Dictionary<string, RelayQueue> _queues = [];

    private readonly ConcurrentDictionary<GatewayId, long> _justWanted = new();
    private readonly SemaphoreSlim _telling = new(1);

    private volatile FrozenDictionary<GatewayId, RelayQueue[]> _watchers = FrozenDictionary<GatewayId, RelayQueue[]>.Empty;
    private HashSet<Guid> _told = [];
    private long _number;

    /// <summary>Somebody is about to subscribe here to the steps of that gateway: asks the others for them before he is told that he has.</summary>
    public async ValueTask WantAsync(GatewayId gateway, CancellationToken cancellationToken)
    {
        if (others is null) return;
        _justWanted[gateway] = clock.GetTimestamp();
        await TellAsync(isOnlyNews: true, cancellationToken);
    }

    /// <summary>Hands a message on to the nodes where it is watched. Never waits.</summary>
    public void HandOn(GatewayId gateway, in IncomingPublish publish)
    {
        if (_watchers.Count == 0 || !_watchers.TryGetValue(gateway, out RelayQueue[]? queues)) return;
        RelayedMessage message = new(
            publish.Topic, publish.Payload.ToArray(), publish.Properties.Detach().Encoded.ToArray(), (byte)publish.Qos,
            publish.MessageExpiryInterval is { } seconds ? clock.GetUtcNow().AddSeconds(seconds) : null);
        foreach (RelayQueue queue in queues) queue.Offer(message);
    }

    public void Watches(string node, WatchedGateways watched)
    {
        lock (_asked)
        {
            _asked.TryGetValue(node, out Asked? before);
            if (before?.Watched.Number > watched.Number) return;
            _asked[node] = new Asked(watched, clock.GetTimestamp());
            if (before?.Watched.Gateways.SequenceEqual(watched.Gateways) != true) ListWatchers();
        }
    }

    public async Task PublishAsync(IReadOnlyList<RelayedMessage> messages)
    {
        foreach (RelayedMessage message in messages)
        {
            await endpoint.SendAsync(new MqttMessage
            {
                Topic = message.Topic, Payload = message.Payload, Properties = PublishProperties.FromEncoded(message.Properties), Qos = (QualityOfService)message.Qos,
                ExpiresAt = message.ExpiresAt,
            });
        }
    }

    public override void Dispose()
    {
        lock (_asked)
        {
            foreach (RelayQueue queue in _queues.Values) queue.Dispose();
        }

        _telling.Dispose();
        base.Dispose();
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Watch("stepcloud.relay.waiting", CountWaiting, "{message}", "Live steps on their way to those who watch them at other nodes of a cluster");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (others is null) return;
        using PeriodicTimer timer = new(LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Forget();
                await TellAsync(isOnlyNews: false, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogLookFailed(logger, e);
            }
        }
    }

    private long CountWaiting()
    {
        lock (_asked) return _queues.Values.Sum(queue => (long)queue.WaitingCount);
    }

    /// <summary>Says all that is watched here, and whoever has nothing to say says it once.</summary>
    private async Task TellAsync(bool isOnlyNews, CancellationToken cancellationToken)
    {
        await _telling.WaitAsync(cancellationToken);
        try
        {
            HashSet<Guid> wanted = await ListWantedAsync(cancellationToken);
            if (isOnlyNews ? wanted.IsSubsetOf(_told) : wanted.Count == 0 && _told.Count == 0) return;
            WatchedGateways watched = new(++_number, [.. wanted]);
            await Task.WhenAll(others!.List().Select(node => TellAsync(node, watched, cancellationToken)));
            _told = wanted;
        }
        finally
        {
            _telling.Release();
        }
    }

    private async Task TellAsync(string node, WatchedGateways watched, CancellationToken cancellationToken)
    {
        try
        {
            await others!.WatchAsync(node, watched).WaitAsync(TellPatience, clock, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotTold(logger, e, node);
        }
    }

    private async Task<HashSet<Guid>> ListWantedAsync(CancellationToken cancellationToken)
    {
        HashSet<Guid> wanted = [.. _justWanted.Keys.Select(gateway => gateway.Value)];
        MqttServer server = await endpoint.WhenStartedAsync(cancellationToken);
        foreach (string level in server.ListSubscribed(s_pattern))
        {
            if (Guid.TryParseExact(level, "D", out Guid gateway)) wanted.Add(gateway);
        }

        return wanted;
    }

    /// <summary>What was asked for too long ago: by others, and here by who has not subscribed after all.</summary>
    private void Forget()
    {
        foreach ((GatewayId gateway, long since) in _justWanted)
        {
            if (clock.GetElapsedTime(since) > HeldFor) _justWanted.TryRemove(KeyValuePair.Create(gateway, since));
        }

        lock (_asked)
        {
            string[] gone = [.. _asked.Where(asked => clock.GetElapsedTime(asked.Value.At) > HeldFor).Select(asked => asked.Key)];
            foreach (string node in gone)
            {
                _asked.Remove(node);
                if (_queues.Remove(node, out RelayQueue? queue)) queue.Dispose();
            }

            if (gone.Length > 0) ListWatchers();
        }
    }

    /// <summary>Under the lock.</summary>
    private void ListWatchers()
    {
        Dictionary<GatewayId, List<RelayQueue>> watchers = [];
        foreach ((string node, Asked asked) in _asked)
        {
            if (!_queues.TryGetValue(node, out RelayQueue? queue)) _queues[node] = queue = new RelayQueue(node, others!, metrics, clock, logger);
            foreach (Guid gateway in asked.Watched.Gateways)
            {
                if (!watchers.TryGetValue(new GatewayId(gateway), out List<RelayQueue>? queues)) watchers[new GatewayId(gateway)] = queues = [];
                queues.Add(queue);
            }
        }

        _watchers = watchers.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    /// <param name="At">When it was said.</param>
    private sealed record Asked(WatchedGateways Watched, long At);

    [LoggerMessage(4180, LogLevel.Warning, "Node {Node} could not be told which gateways are watched here; it is told again within a second")]
    private static partial void LogNotTold(ILogger logger, Exception exception, string node);

    [LoggerMessage(4181, LogLevel.Error, "Looking for what is watched here failed; it goes on with the next look")]
    private static partial void LogLookFailed(ILogger logger, Exception exception);
}
