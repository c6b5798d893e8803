using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Wire;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;

namespace StepCloud.GatewaySim.Uplink;

/// <summary>One MQTT connection of a gateway, with the topics of protocol version 1.</summary>
/// <remarks>
/// Clean Start, and no session after it: what has to outlive a connection is in the outbox, under ids that make a resend harmless.
/// </remarks>
internal sealed class GatewayConnection : IAsyncDisposable
{
    private static readonly byte[] Online = "online"u8.ToArray();
    private static readonly byte[] Offline = "offline"u8.ToArray();

    private readonly GatewayId _gateway;
    private readonly MqttClient _client;

    private GatewayConnection(GatewayId gateway, MqttClient client)
    {
        _gateway = gateway;
        _client = client;
    }

    /// <summary>Completes when the connection has ended, and says why; never fails.</summary>
    public Task<ConnectionClosed> Closed => _client.Closed;

    /// <summary>Of a whole packet, as the server said it; null when it said nothing.</summary>
    public uint? PacketBytesMax => _client.ConnAck.MaximumPacketSize;

    /// <exception cref="MqttConnectRefusedException">The server said no.</exception>
    /// <exception cref="MqttConnectionLostException">The server cannot be reached.</exception>
    public static async Task<GatewayConnection> OpenAsync(
        UplinkOptions options,
        DnsEndPoint server,
        GatewayId gateway,
        string accessToken,
        Action<ReadOnlySpan<byte>> onErrors,
        Func<CommandMessage, CommandAnswerMessage> onCommand,
        TimeProvider clock,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        GatewayConnection? opened = null;
        MqttClientOptions client = new()
        {
            Transport = MqttTransport.Tcp(server.Host, server.Port),
            OnMessage = async (message, token) =>
            {
                if (!Topics.TryParseCommand(message.Topic, out _, out CommandId command)) onErrors(message.Payload.Span);
                // The answer is stored before the command is acknowledged: without a PUBACK the command comes again.
                else await opened!.AnswerAsync(command, message.Payload, onCommand, token);
            },
            TimeProvider = clock,
            Logger = logger,
        };
        ConnectPacket connect = new()
        {
            Version = options.Version,
            CleanStart = true,
            // Below what the client keeps waiting for its handler, which publishes: see MqttClientOptions.ReceivedMax.
            ReceiveMaximum = 100,
            KeepAlive = (ushort)options.KeepAlive.TotalSeconds,
            ClientIdentifier = gateway.ToString(),
            UserName = gateway.ToString(),
            Password = Encoding.UTF8.GetBytes(accessToken),
            Will = new Will { Topic = Topics.Status(gateway), Payload = Offline, Qos = QualityOfService.AtLeastOnce, Retain = true },
        };
        return opened = new GatewayConnection(gateway, await MqttClient.ConnectAsync(client, connect, cancellationToken));
    }

    /// <summary>To its errors and its commands.</summary>
    public Task<SubAckPacket> SubscribeAsync(CancellationToken cancellationToken) => _client.SubscribeAsync(
        [
            new Subscription(Topics.Errors(_gateway), QualityOfService.AtLeastOnce),
            new Subscription(Topics.Commands(_gateway), QualityOfService.AtLeastOnce),
        ],
        cancellationToken: cancellationToken);

    public Task<PublishResult> SayOnlineAsync(CancellationToken cancellationToken) =>
        _client.PublishAsync(Topics.Status(_gateway), Online, retain: true, cancellationToken: cancellationToken);

    public Task<PublishResult> AnnounceAsync(IReadOnlyList<DeviceAnnouncement> devices, CancellationToken cancellationToken) =>
        _client.PublishAsync(Topics.Devices(_gateway), DevicesJson.Write(devices), cancellationToken: cancellationToken);

    /// <summary>Completes at the PUBACK.</summary>
    public Task<PublishResult> SendStepsAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _client.PublishAsync(Topics.Steps(_gateway), message, cancellationToken: cancellationToken);

    /// <summary>Not acknowledged: what is lost on the way, the step brings.</summary>
    public Task SendTelemetryAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _client.PublishAsync(Topics.Telemetry(_gateway), message, QualityOfService.AtMostOnce, cancellationToken: cancellationToken);

    private async ValueTask AnswerAsync(
        CommandId command, ReadOnlyMemory<byte> payload, Func<CommandMessage, CommandAnswerMessage> onCommand, CancellationToken cancellationToken)
    {
        CommandAnswerMessage answer = CommandMessage.TryParse(payload.Span) is { } message
            ? onCommand(message)
            : new CommandAnswerMessage(CommandWords.Of(CommandResult.Refused), "It cannot be read.");
        await _client.PublishAsync(Topics.CommandResult(_gateway, command), answer.Write(), cancellationToken: cancellationToken);
    }

    /// <summary>For a clean stop, after which the server forgets the Will that would have said it (MQTT 5.0 §3.1.2.5).</summary>
    public Task<PublishResult> SayOfflineAsync(CancellationToken cancellationToken) =>
        _client.PublishAsync(Topics.Status(_gateway), Offline, retain: true, cancellationToken: cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => _client.DisconnectAsync(cancellationToken: cancellationToken);

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
