using System.Threading.Channels;
using StepCloud.Api.Sessions;
using StepCloud.Api.Watching;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Mqtt;

/// <summary>Tells the gateways' actors who has come and gone and what commands have arrived, in that order for each, off the connections' own threads.</summary>
internal sealed partial class GatewayPresence(
    IActors actors, SessionEndings endings, ThisNode node, ApiMetrics metrics, TimeProvider clock, ILogger<GatewayPresence> logger)
    : BackgroundService, IConnectionObserver
{
    /// <summary>Gateways that are told at once: each telling waits for the database, and a thousand gateways may come back together.</summary>
    private const int LaneCount = 16;

    /// <summary>What may wait in one lane. A flood beyond it costs the newest notices; the gateways' next ones put it right.</summary>
    private const int WaitingMax = 10_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>A gateway's notices all go by one lane, so that they stay in their order.</summary>
    private readonly Channel<Notice>[] _lanes =
    [
        .. Enumerable.Range(0, LaneCount).Select(_ => Channel.CreateBounded<Notice>(
            new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true })),
    ];

    public void Connected(ConnectedClient client, bool sessionPresent)
    {
        endings.Accepted(client);
        if (client.Identity is not GatewayIdentity gateway) return;
        string protocol = client.Version == MqttVersion.V500 ? "MQTT 5.0" : "MQTT 3.1.1";
        GatewayConnection connection = new(NameOf(client), protocol, client.RemoteEndPoint?.ToString() ?? "", sessionPresent);
        Tell(gateway.Gateway, (actor, token) => actor.ConnectedAsync(connection, token));
    }

    public void Disconnected(ConnectedClient client, DisconnectCause cause)
    {
        LogGone(logger, client.ClientIdentifier, cause.By, cause.ReasonCode, cause.ReasonString);
        if (client.Identity is not GatewayIdentity gateway) return;
        string name = NameOf(client);
        Tell(gateway.Gateway, (actor, token) => actor.DisconnectedAsync(name, token));
    }

    public void Subscribed(ConnectedClient client, TopicFilter filter)
    {
        if (client.Identity is GatewayIdentity gateway && GatewayTopics.MayBringCommands(gateway, filter))
            Tell(gateway.Gateway, (actor, token) => actor.ListensForCommandsAsync(token));
    }

    public void Delivered(string clientIdentifier, MqttMessage message, ReasonCode reasonCode)
    {
        if (!Topics.TryParseCommand(message.Topic, out GatewayId gateway, out CommandId command)) return;
        CommandDelivery delivery = new(command, reasonCode.IsFailure() ? (byte)reasonCode : (byte)0, null);
        Tell(gateway, (actor, token) => actor.CommandDeliveredAsync(delivery, token));
    }

    public void Dropped(string clientIdentifier, MqttMessage message, DropReason reason)
    {
        LogDropped(logger, message.Topic, clientIdentifier, reason);
        if (!Topics.TryParseCommand(message.Topic, out GatewayId gateway, out CommandId command)) return;
        CommandDelivery delivery = new(command, 0, WhyDropped(reason));
        Tell(gateway, (actor, token) => actor.CommandDeliveredAsync(delivery, token));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Watch("stepcloud.presence.waiting", () => _lanes.Sum(lane => lane.Reader.Count), "{notice}", "Notices of comings, goings and deliveries that wait for the gateways' actors");
        return Task.WhenAll(_lanes.Select(lane => RunAsync(lane, stoppingToken)));
    }

    private async Task RunAsync(Channel<Notice> lane, CancellationToken stoppingToken)
    {
        await foreach (Notice notice in lane.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await TryTellAsync(notice, stoppingToken)) await Task.Delay(RetryDelay, clock, stoppingToken);
        }
    }

    /// <returns>False when it is to be tried again: while the database is away nobody can write down who has gone, and a gateway that has gone does not come to say so.</returns>
    private async Task<bool> TryTellAsync(Notice notice, CancellationToken stoppingToken)
    {
        try
        {
            await notice.Tell(actors.Gateway(notice.Gateway), stoppingToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotTold(logger, e, notice.Gateway);
            return e is not StorageException { IsTransient: true };
        }
    }

    private void Tell(GatewayId gateway, Func<IGateway, CancellationToken, Task> tell)
    {
        Channel<Notice> lane = _lanes[(uint)gateway.GetHashCode() % LaneCount];
        if (lane.Writer.TryWrite(new Notice(gateway, tell))) return;
        metrics.NoticeLeftOut("presence");
        LogNoRoom(logger, gateway);
    }

    /// <summary>Tells this process's connections from those of the one before and of other nodes.</summary>
    private string NameOf(ConnectedClient client) => $"{node.Prefix}{client.ConnectionId}";

    private static string WhyDropped(DropReason reason) => reason switch
    {
        DropReason.QueueFull => "Too many messages wait for the gateway.",
        DropReason.Expired => "Its deadline passed before the gateway took it.",
        DropReason.TooLarge => "It is larger than the gateway's Maximum Packet Size.",
        _ => "The gateway's session ended.",
    };

    [LoggerMessage(4101, LogLevel.Debug, "{Client} is gone: {By}, {ReasonCode} {Reason}")]
    private static partial void LogGone(ILogger logger, string client, DisconnectedBy by, ReasonCode reasonCode, string? reason);

    [LoggerMessage(4102, LogLevel.Warning, "A message on {Topic} for {Client} could not be delivered: {Reason}")]
    private static partial void LogDropped(ILogger logger, string topic, string client, DropReason reason);

    [LoggerMessage(4103, LogLevel.Warning, "Gateway {Gateway} could not be told what happened on its connection")]
    private static partial void LogNotTold(ILogger logger, Exception exception, GatewayId gateway);

    [LoggerMessage(4107, LogLevel.Warning, "Gateway {Gateway} is told nothing of its connection: too much waits to be told")]
    private static partial void LogNoRoom(ILogger logger, GatewayId gateway);

    private readonly record struct Notice(GatewayId Gateway, Func<IGateway, CancellationToken, Task> Tell);
}
