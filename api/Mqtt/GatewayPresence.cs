using System.Threading.Channels;
using StepCloud.Contracts;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Tells the gateways' actors who has come and gone, in that order, off the connections' own threads.</summary>
internal sealed partial class GatewayPresence(IActors actors, ILogger<GatewayPresence> logger) : BackgroundService, IConnectionObserver
{
    /// <summary>Comings and goings that may wait. A flood beyond it costs the newest notices; the gateways' next ones put it right.</summary>
    private const int WaitingMax = 100_000;

    /// <summary>Tells this process's connections from those of the one before and of other nodes.</summary>
    private readonly string _node = Guid.NewGuid().ToString("N")[..8];

    private readonly Channel<Change> _changes =
        Channel.CreateBounded<Change>(
            new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Connected(ConnectedClient client, bool sessionPresent)
    {
        string protocol = client.Version == MqttVersion.V500 ? "MQTT 5.0" : "MQTT 3.1.1";
        GatewayConnection connection = new(NameOf(client), protocol, client.RemoteEndPoint?.ToString() ?? "");
        _changes.Writer.TryWrite(new Change(GatewayOf(client), connection.Connection, connection));
    }

    public void Disconnected(ConnectedClient client, DisconnectCause cause)
    {
        LogGone(logger, GatewayOf(client), cause.By, cause.ReasonCode, cause.ReasonString);
        _changes.Writer.TryWrite(new Change(GatewayOf(client), NameOf(client), null));
    }

    public void Dropped(string clientIdentifier, MqttMessage message, DropReason reason) =>
        LogDropped(logger, message.Topic, clientIdentifier, reason);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (Change change in _changes.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                IGateway gateway = actors.Gateway(change.Gateway);
                await (change.Connected is { } connected
                    ? gateway.ConnectedAsync(connected, stoppingToken)
                    : gateway.DisconnectedAsync(change.Connection, stoppingToken));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotTold(logger, e, change.Gateway);
            }
        }
    }

    private string NameOf(ConnectedClient client) => $"{_node}:{client.ConnectionId}";

    private static GatewayId GatewayOf(ConnectedClient client) => ((GatewayIdentity)client.Identity).Gateway;

    [LoggerMessage(4101, LogLevel.Debug, "Gateway {Gateway} is gone: {By}, {ReasonCode} {Reason}")]
    private static partial void LogGone(ILogger logger, GatewayId gateway, DisconnectedBy by, ReasonCode reasonCode, string? reason);

    [LoggerMessage(4102, LogLevel.Warning, "A message on {Topic} for {Client} could not be delivered: {Reason}")]
    private static partial void LogDropped(ILogger logger, string topic, string client, DropReason reason);

    [LoggerMessage(4103, LogLevel.Warning, "Gateway {Gateway} could not be told that it came or went")]
    private static partial void LogNotTold(ILogger logger, Exception exception, GatewayId gateway);

    /// <param name="Connected">Null when the connection has ended.</param>
    private readonly record struct Change(GatewayId Gateway, string Connection, GatewayConnection? Connected);
}
