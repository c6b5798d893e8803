using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>One connection to a Server, from CONNACK to its end. <see cref="MqttReconnectingClient"/> is the one that comes back.</summary>
public sealed class MqttClient : IAsyncDisposable
{
    private readonly ServerConnection _connection;
    private readonly ClientSession _session;

    private MqttClient(ServerConnection connection, ClientSession session, Inbox? ownInbox)
    {
        _connection = connection;
        _session = session;
        _ = RunAsync(connection, ownInbox);
    }

    /// <summary>What the Server said.</summary>
    public ConnAckPacket ConnAck => _connection.ConnAck;

    /// <summary>Completes when the connection has ended, and says why; never fails.</summary>
    public Task<ConnectionClosed> Closed => _connection.Closed;

    /// <exception cref="MqttConnectRefusedException">The Server said no.</exception>
    /// <exception cref="MqttConnectionLostException">The Server cannot be reached, went away, broke the protocol or took too long.</exception>
    public static async Task<MqttClient> ConnectAsync(
        MqttClientOptions options, ConnectPacket connect, CancellationToken cancellationToken = default)
    {
        var handshake = await Handshake.RunAsync(options, connect, cancellationToken);
        var session = new ClientSession(options);
        var inbox = new Inbox(options);
        return new MqttClient(new ServerConnection(options, connect, handshake, session, inbox), session, inbox);
    }

    /// <summary>A connection for a session that outlives it.</summary>
    internal static async Task<MqttClient> ConnectAsync(
        MqttClientOptions options, ConnectPacket connect, ClientSession session, Inbox inbox, CancellationToken cancellationToken)
    {
        var handshake = await Handshake.RunAsync(options, connect, cancellationToken);
        return new MqttClient(new ServerConnection(options, connect, handshake, session, inbox), session, null);
    }

    /// <inheritdoc cref="PublishAsync(in PublishPacket, CancellationToken)"/>
    public Task<PublishResult> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos = QualityOfService.AtLeastOnce, bool retain = false,
        PublishProperties properties = default, CancellationToken cancellationToken = default) =>
        PublishAsync(Publication.Create(topic, payload, qos, retain, properties), cancellationToken);

    /// <summary>
    /// Waits for a place in flight, sends, and completes at the PUBACK or PUBCOMP; at QoS 0, when the packet is in the
    /// send buffer. What the message refers to must stay as it is until then.
    /// </summary>
    /// <param name="message">Packet Identifier and Dup are the client's and must be left out.</param>
    /// <param name="cancellationToken">Ends the waiting. What was already sent may still arrive.</param>
    /// <exception cref="MqttConnectionLostException">The connection ended before the answer came.</exception>
    /// <exception cref="ArgumentException">The Topic Name breaks the rules of MQTT 5.0 §4.7.</exception>
    /// <exception cref="InvalidOperationException">More wait than <see cref="MqttClientOptions.WaitingMax"/>.</exception>
    public Task<PublishResult> PublishAsync(in PublishPacket message, CancellationToken cancellationToken = default)
    {
        Publication.Check(message);
        return _session.PublishAsync(message, cancellationToken);
    }

    /// <returns>One Reason Code for each Subscription.</returns>
    /// <exception cref="MqttConnectionLostException">The connection ended before the answer came.</exception>
    public Task<SubAckPacket> SubscribeAsync(
        IReadOnlyList<Subscription> subscriptions, uint? subscriptionIdentifier = null, CancellationToken cancellationToken = default)
    {
        foreach (var subscription in subscriptions) CheckFilter(subscription.TopicFilter);
        return _connection.Requests.SendAsync<SubAckPacket>(
            identifier => _connection.Output.Send(
                new SubscribePacket
                {
                    PacketIdentifier = identifier,
                    Subscriptions = subscriptions,
                    SubscriptionIdentifier = subscriptionIdentifier,
                },
                static (output, packet, settings) => MqttEncoder.Encode(output, packet, settings)),
            cancellationToken);
    }

    /// <exception cref="MqttConnectionLostException">The connection ended before the answer came.</exception>
    public Task<UnsubAckPacket> UnsubscribeAsync(IReadOnlyList<string> topicFilters, CancellationToken cancellationToken = default)
    {
        foreach (var filter in topicFilters) CheckFilter(filter);
        return _connection.Requests.SendAsync<UnsubAckPacket>(
            identifier => _connection.Output.Send(
                new UnsubscribePacket { PacketIdentifier = identifier, TopicFilters = topicFilters },
                static (output, packet, settings) => MqttEncoder.Encode(output, packet, settings)),
            cancellationToken);
    }

    /// <summary>Proves again who the Client is, without a gap in the connection (MQTT 5.0 §4.12.1).</summary>
    /// <exception cref="MqttConnectionLostException">The Server refused by DISCONNECT, or the connection was lost.</exception>
    public Task ReauthenticateAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _connection.Authentication.StartAsync(data).WaitAsync(cancellationToken);

    /// <summary>Sends DISCONNECT behind all that was published and closes; what has no answer by then fails.</summary>
    public async Task DisconnectAsync(DisconnectPacket? packet = null, CancellationToken cancellationToken = default)
    {
        _connection.Disconnect(packet ?? new DisconnectPacket());
        await _connection.Closed.WaitAsync(cancellationToken);
    }

    /// <summary>Disconnects. A handler that is at work is told by its token and not waited for: it may be the one that disposes.</summary>
    public async ValueTask DisposeAsync() => await DisconnectAsync();

    private async Task RunAsync(ServerConnection connection, Inbox? ownInbox)
    {
        using var handling = new CancellationTokenSource();
        var handler = ownInbox?.RunAsync(handling.Token) ?? Task.CompletedTask;
        await connection.RunAsync();
        if (ownInbox is not null) _session.End((await connection.Closed).ToException());
        await handling.CancelAsync();
        await handler;
    }

    private void CheckFilter(string filter)
    {
        if (TopicRules.CheckTopicFilter(filter, _connection.Version) is { } violation)
            throw new ArgumentException(violation.ToString(), nameof(filter));
    }
}
