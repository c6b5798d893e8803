using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Mqtt;

/// <summary>A gateway on an MQTT connection, that hears on its topic `errors` what was refused.</summary>
internal sealed class GatewayMqtt : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<JsonObject> _notices = Channel.CreateUnbounded<JsonObject>();
    private readonly TestGateway _gateway;

    private GatewayMqtt(TestGateway gateway) => _gateway = gateway;

    public MqttClient Client { get; private set; } = null!;

    public static async Task<GatewayMqtt> ConnectAsync(TestGateway gateway, MqttVersion version)
    {
        GatewayMqtt connected = new(gateway);
        connected.Client = await MqttClient.ConnectAsync(connected.Options(), Connect(gateway, version)).WaitAsync(Patience);
        SubAckPacket subscribed = await connected.Client.SubscribeAsync([new Subscription(Topics.Errors(gateway.Id), QualityOfService.AtLeastOnce)]);
        subscribed.ReasonCodes.ShouldHaveSingleItem().IsFailure().ShouldBeFalse();
        return connected;
    }

    /// <summary>The CONNECT of a gateway that does everything right.</summary>
    public static ConnectPacket Connect(TestGateway gateway, MqttVersion version, string? password = null, string? clientIdentifier = null) => new()
    {
        Version = version,
        CleanStart = true,
        KeepAlive = 60,
        ClientIdentifier = clientIdentifier ?? gateway.Id.ToString(),
        UserName = gateway.Id.ToString(),
        Password = Encoding.UTF8.GetBytes(password ?? gateway.Tokens.AccessToken),
    };

    /// <summary>What the server says to a CONNECT that it refuses.</summary>
    public static async Task<ConnAckPacket> RefusedAsync(ApiServer server, ConnectPacket connect)
    {
        MqttClientOptions options = new() { Transport = MqttTransport.Tcp("127.0.0.1", server.MqttPort), ConnectTimeout = Patience };
        return (await Should.ThrowAsync<MqttConnectRefusedException>(() => MqttClient.ConnectAsync(options, connect))).ConnAck;
    }

    public Task<PublishResult> SendStepsAsync(byte[] payload) => PublishAsync(Topics.Steps(_gateway.Id), payload);

    public Task<PublishResult> PublishAsync(string topic, byte[] payload) => Client.PublishAsync(topic, payload).WaitAsync(Patience);

    /// <summary>The next message on `errors`.</summary>
    public async Task<JsonObject> NextNoticeAsync() => await _notices.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public bool HasNotice => _notices.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync() => await Client.DisposeAsync();

    private MqttClientOptions Options() => new()
    {
        Transport = MqttTransport.Tcp("127.0.0.1", _gateway.Server.MqttPort),
        ConnectTimeout = Patience,
        OnMessage = (message, _) =>
        {
            message.Topic.ShouldBe(Topics.Errors(_gateway.Id));
            return _notices.Writer.WriteAsync(JsonNode.Parse(message.Payload.Span)!.AsObject(), CancellationToken.None);
        },
    };
}
