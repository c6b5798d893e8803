using System.Buffers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Shouldly;
using StepCloud.Tests.Protocol;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>Our MQTT is held to a client that others wrote and many use: MQTTnet's.</summary>
public sealed class OtherClientTests(OtherClientTests.Shop shop) : IClassFixture<OtherClientTests.Shop>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task What_it_publishes_is_stored_when_it_is_acknowledged(MqttProtocolVersion version)
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient client = await shop.ConnectAsync(0, gateway, version);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            (await PublishAsync(client, gateway.Topic("steps"), gateway.Step($"{i}"))).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success)));
        (await shop.Cluster.Database.ScalarAsync<long>("SELECT count(*) FROM step_event WHERE gateway_id = $1", gateway.Id)).ShouldBe(200);
        await client.DisconnectAsync();
    }

    [Fact]
    public async Task What_is_refused_has_a_reason_in_the_acknowledgement_and_in_a_notice()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient client = await shop.ConnectAsync(0, gateway, MqttProtocolVersion.V500);
        TaskCompletionSource<string> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message =>
        {
            told.TrySetResult(Encoding.UTF8.GetString(message.ApplicationMessage.Payload.ToArray()));
            return Task.CompletedTask;
        };
        MqttClientSubscribeResult subscribed = await client.SubscribeAsync(gateway.Topic("errors"), MqttQualityOfServiceLevel.AtLeastOnce);
        subscribed.Items.ShouldHaveSingleItem().ResultCode.ShouldBe(MqttClientSubscribeResultCode.GrantedQoS1);

        MqttClientPublishResult refused = await PublishAsync(client, gateway.Topic("steps"), gateway.RefusedStep());
        refused.ReasonCode.ShouldBe(MqttClientPublishReasonCode.ImplementationSpecificError);
        refused.ReasonString.ShouldContain("device");
        (await told.Task.WaitAsync(Patience)).ShouldContain("unknown_device");
        (await PublishAsync(client, $"sc/1/{Guid.NewGuid()}/steps", gateway.Step("of another"))).ReasonCode.ShouldBe(MqttClientPublishReasonCode.NotAuthorized);
        client.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_wrong_token_is_not_let_in()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        MqttClientConnectResult answer = await client.ConnectAsync(shop.OptionsFor(0, gateway with { AccessToken = gateway.AccessToken[..^4] + "AAAA" }, MqttProtocolVersion.V500));
        answer.ResultCode.ShouldBe(MqttClientConnectResultCode.BadUserNameOrPassword);
    }

    [Fact]
    public async Task Coming_to_another_node_ends_the_connection_to_the_first_and_the_session_moves_along()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient first = await shop.ConnectAsync(0, gateway, MqttProtocolVersion.V500, cleanStart: false);
        TaskCompletionSource<MqttClientDisconnectReason> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        first.DisconnectedAsync += end =>
        {
            ended.TrySetResult(end.Reason);
            return Task.CompletedTask;
        };
        await first.SubscribeAsync(gateway.Topic("commands/+"), MqttQualityOfServiceLevel.AtLeastOnce);

        TaskCompletionSource<MqttApplicationMessage> command = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IMqttClient second = new MqttClientFactory().CreateMqttClient();
        second.ApplicationMessageReceivedAsync += message =>
        {
            command.TrySetResult(message.ApplicationMessage);
            return Task.CompletedTask;
        };
        MqttClientConnectResult connected = await second.ConnectAsync(shop.OptionsFor(1, gateway, MqttProtocolVersion.V500, cleanStart: false));
        connected.IsSessionPresent.ShouldBeTrue();
        (await ended.Task.WaitAsync(Patience)).ShouldBe(MqttClientDisconnectReason.SessionTakenOver);

        // Subscribed to at the first node, given at the first, and got at the second.
        using HttpClient http = await shop.Cluster.SignInAsync(0);
        using HttpResponseMessage given = await http.PostAsJsonAsync($"/api/v1/gateways/{gateway.Id}/commands", new { name = "ping" });
        given.IsSuccessStatusCode.ShouldBeTrue(await given.Content.ReadAsStringAsync());
        MqttApplicationMessage got = await command.Task.WaitAsync(Patience);
        got.ResponseTopic.ShouldStartWith(got.Topic);
        JsonNode.Parse(got.Payload.ToArray())!["name"]!.GetValue<string>().ShouldBe("ping");
    }

    [Fact]
    public async Task A_user_who_subscribes_at_any_node_sees_the_steps_of_a_gateway_at_another_from_then_on()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient sender = await shop.ConnectAsync(0, gateway, MqttProtocolVersion.V500);
        Channel<string>[] seen = [Channel.CreateUnbounded<string>(), Channel.CreateUnbounded<string>()];
        using IMqttClient near = await shop.WatchAsync(0, gateway.Topic("steps"), seen[0]), far = await shop.WatchAsync(1, gateway.Topic("steps"), seen[1]);
        string[] steps = [.. Enumerable.Range(0, 100).Select(i => gateway.Step($"{i}").ToJsonString())];
        foreach (string step in steps)
            (await PublishAsync(sender, gateway.Topic("steps"), JsonNode.Parse(step)!)).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success);
        foreach (Channel<string> channel in seen)
        {
            foreach (string step in steps) (await channel.Reader.ReadAsync().AsTask().WaitAsync(Patience)).ShouldBe(step);
        }

        foreach (string lost in new[] { "[4180]", "[4182]", "[4183]" }) shop.Cluster.CountInLogs(lost).ShouldBe(0);
    }

    private static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, string topic, JsonNode payload) => client.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload.ToJsonString()).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build());

    /// <summary>Two nodes, and gateways that nobody else uses.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        private const int Gateways = 7;

        private readonly Queue<PairedGateway> _gateways = new();
        private TestCluster? _cluster;

        internal TestCluster Cluster => _cluster!;

        public async Task InitializeAsync()
        {
            _cluster = await TestCluster.StartAsync(2, ("Passwords__MemoryMiB", "19"));
            foreach (PairedGateway gateway in await PairedGateway.EnrollAsync(_cluster.Installation, Gateways)) _gateways.Enqueue(gateway);
        }

        public async Task DisposeAsync()
        {
            if (_cluster is not null) await _cluster.DisposeAsync();
        }

        internal async Task<ReadyGateway> TakeAsync()
        {
            using HttpClient http = new();
            PairedGateway paired = _gateways.Dequeue();
            JsonNode tokens = await paired.RefreshAsync(http, Cluster.Nodes[0].HttpAddress);
            ReadyGateway gateway = new(paired.Id, (string)tokens["access_token"]!, (string)tokens["refresh_token"]!, Guid.NewGuid());
            using HttpRequestMessage announcement = new(HttpMethod.Post, $"{Cluster.Nodes[0].HttpAddress}/gateway/api/v1/devices")
            {
                Content = JsonContent.Create(new { device = gateway.Device, source = gateway.Device, model = "Test" }),
                Headers = { Authorization = new("Bearer", gateway.AccessToken) },
            };
            using HttpResponseMessage answer = await http.SendAsync(announcement);
            answer.EnsureSuccessStatusCode();
            return gateway;
        }

        /// <summary>The owner, subscribed to a topic at a node.</summary>
        internal async Task<IMqttClient> WatchAsync(int node, string topic, Channel<string> seen)
        {
            using HttpClient http = await Cluster.SignInAsync(node);
            IMqttClient client = new MqttClientFactory().CreateMqttClient();
            client.ApplicationMessageReceivedAsync += message => seen.Writer.WriteAsync(Encoding.UTF8.GetString(message.ApplicationMessage.Payload.ToArray())).AsTask();
            MqttClientOptions options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Cluster.Nodes[node].MqttPort).WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId("").WithCredentials("user", http.DefaultRequestHeaders.Authorization!.Parameter!).Build();
            (await client.ConnectAsync(options)).ResultCode.ShouldBe(MqttClientConnectResultCode.Success);
            (await client.SubscribeAsync(topic, MqttQualityOfServiceLevel.AtLeastOnce)).Items.ShouldHaveSingleItem().ResultCode.ShouldBe(MqttClientSubscribeResultCode.GrantedQoS1);
            return client;
        }

        internal MqttClientOptions OptionsFor(int node, ReadyGateway gateway, MqttProtocolVersion version, bool cleanStart = true)
        {
            MqttClientOptionsBuilder options = new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", Cluster.Nodes[node].MqttPort).WithProtocolVersion(version).WithClientId(gateway.Id.ToString())
                .WithCredentials(gateway.Id.ToString(), gateway.AccessToken).WithCleanStart(cleanStart);
            return (cleanStart ? options : options.WithSessionExpiryInterval(3600)).Build();
        }

        internal async Task<IMqttClient> ConnectAsync(int node, ReadyGateway gateway, MqttProtocolVersion version, bool cleanStart = true)
        {
            IMqttClient client = new MqttClientFactory().CreateMqttClient();
            (await client.ConnectAsync(OptionsFor(node, gateway, version, cleanStart))).ResultCode.ShouldBe(MqttClientConnectResultCode.Success);
            return client;
        }
    }
}
