using System.Text;
using System.Threading.Channels;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>A gateway with its access token, whose connections a test opens and ends.</summary>
internal sealed class TestGateway(GatewayServer server, GatewayId id, string accessToken, string refreshToken)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<ReceivedMessage> _received = Channel.CreateUnbounded<ReceivedMessage>();

    public GatewayId Id => id;

    public string AccessToken => accessToken;

    public string RefreshToken => refreshToken;

    public string StatusTopic => Topics.Status(id);

    /// <summary>Called before a message is acknowledged.</summary>
    public Func<ReceivedMessage, Task> OnMessage { get; set; } = _ => Task.CompletedTask;

    /// <param name="expiry">Session Expiry Interval in seconds.</param>
    /// <param name="suffix">Of the Client Identifier, after the gateway's id.</param>
    /// <param name="at">Another server than the gateway's own.</param>
    public Task<MqttClient> ConnectAsync(uint expiry = 3600, bool clean = false, Will? will = null, string suffix = "",
        MqttVersion version = MqttVersion.V500, uint? packetMax = null, GatewayServer? at = null) => MqttClient.ConnectAsync(
        new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", (at ?? server).MqttPort), OnMessage = TakeAsync },
        new ConnectPacket
        {
            Version = version,
            ClientIdentifier = id + suffix,
            UserName = id.ToString(),
            MaximumPacketSize = packetMax,
            CleanStart = clean,
            SessionExpiryInterval = expiry,
            Password = Encoding.UTF8.GetBytes(accessToken),
            Will = will,
        });

    /// <summary>Connected, and subscribed to commands.</summary>
    public async Task<MqttClient> ConnectListeningAsync(uint expiry = 3600, MqttVersion version = MqttVersion.V500, uint? packetMax = null,
        Will? will = null, GatewayServer? at = null)
    {
        MqttClient client = await ConnectAsync(expiry, will: will, version: version, packetMax: packetMax, at: at);
        await client.SubscribeAsync([new Subscription(Topics.Commands(id), QualityOfService.AtLeastOnce)]);
        return client;
    }

    /// <summary>Again and again until it is let in, as a gateway does while a node is found to be gone.</summary>
    public async Task<MqttClient> ConnectAgainAsync(GatewayServer at)
    {
        MqttClient? client = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    client = await ConnectAsync(at: at);
                    return true;
                }
                catch (Exception e) when (e is MqttConnectionLostException or MqttConnectRefusedException { ConnAck.ReasonCode: ReasonCode.ServerBusy })
                {
                    return false;
                }
            },
            "the gateway is let in");
        return client!;
    }

    /// <summary>Tells of a new device over that connection.</summary>
    public async Task<DeviceId> AnnounceAsync(MqttClient client)
    {
        DeviceId device = DeviceId.New(TimeProvider.System);
        (await client.PublishAsync(Topics.Devices(id), Encoding.UTF8.GetBytes($$"""{"device":"{{device}}","source":"p","model":"m"}"""))).IsSuccess.ShouldBeTrue();
        return device;
    }

    public Will OfflineWill => new() { Topic = StatusTopic, Payload = "offline"u8.ToArray(), Qos = QualityOfService.AtLeastOnce, Retain = true };

    public async Task<ReceivedMessage> ReceiveAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public bool HasReceived => _received.Reader.TryPeek(out _);

    /// <summary>What is retained of this gateway's presence, in the database; empty for nothing.</summary>
    public async Task<string> RetainedStatusAsync() => Encoding.UTF8.GetString(await server.Database.ScalarAsync<byte[]>(
        "SELECT coalesce((SELECT payload FROM mqtt_retained WHERE topic = $1), '')", StatusTopic));

    private async ValueTask TakeAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        await OnMessage(message);
        _received.Writer.TryWrite(message);
    }
}
