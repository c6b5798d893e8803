using System.Text;
using System.Threading.Channels;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>A user's program that watches over MQTT.</summary>
internal sealed class Watcher : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<(string Topic, string Payload)> _received = Channel.CreateUnbounded<(string, string)>();

    public MqttClient Client { get; private set; } = null!;

    public static async Task<Watcher> ConnectAsync(GatewayServer server, string token, MqttVersion version)
    {
        Watcher watcher = new();
        watcher.Client = await MqttClient.ConnectAsync(
            new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", server.MqttPort), OnMessage = watcher.TakeAsync }, Connect(token, "", version));
        return watcher;
    }

    public static async Task<ReasonCode> RefusedAsync(GatewayServer server, string token, string clientIdentifier, Will? will = null)
    {
        MqttClientOptions options = new() { Transport = MqttTransport.Tcp("127.0.0.1", server.MqttPort) };
        ConnectPacket connect = Connect(token, clientIdentifier, MqttVersion.V500, will);
        return (await Should.ThrowAsync<MqttConnectRefusedException>(() => MqttClient.ConnectAsync(options, connect))).ConnAck.ReasonCode;
    }

    public async Task<ReasonCode> SubscribeAsync(string filter) =>
        (await Client.SubscribeAsync([new Subscription(filter, QualityOfService.AtLeastOnce)])).ReasonCodes.ShouldHaveSingleItem();

    public async Task<(string Topic, string Payload)> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private static ConnectPacket Connect(string token, string clientIdentifier, MqttVersion version, Will? will = null) => new()
    {
        Version = version,
        CleanStart = true,
        ClientIdentifier = clientIdentifier,
        UserName = "user",
        Password = Encoding.UTF8.GetBytes(token),
        Will = will,
    };

    private ValueTask TakeAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
        _received.Writer.WriteAsync((message.Topic, Encoding.UTF8.GetString(message.Payload.Span)), cancellationToken);
}
