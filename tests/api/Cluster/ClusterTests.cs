using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.GatewayCommands;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Cluster;

/// <summary>Several MQTT servers on one database: a gateway is at one of them at a time, and which one makes no difference (docs/adr/0013).</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_gateway_that_connects_to_another_node_finds_its_session_there_and_all_that_waits_in_it_once()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        TaskCompletionSource never = new();
        gateway.OnMessage = _ => never.Task;
        await using MqttClient first = await gateway.ConnectListeningAsync();
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"command-{i}")];
        string last = "";
        foreach (string name in names) last = (string)(await nodes.First.SendCommandAsync(gateway.Id, name))["id"]!;
        await nodes.First.CommandShouldBecomeAsync(gateway.Id, last, "sent");

        gateway.OnMessage = _ => Task.CompletedTask;
        await using MqttClient second = await gateway.ConnectAsync(at: nodes.Second);
        second.ConnAck.SessionPresent.ShouldBeTrue();
        (await first.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.SessionTakenOver);
        foreach (string name in names) NameIn(await gateway.ReceiveAsync()).ShouldBe(name);
        await nodes.First.CommandShouldBecomeAsync(gateway.Id, last, "delivered");
        gateway.HasReceived.ShouldBeFalse();
        (await nodes.HolderAsync(gateway)).ShouldBe(nodes.SecondId.Id);
        never.SetResult();
    }

    [Theory]
    [InlineData(3600u, true)]
    [InlineData(0u, true)]
    [InlineData(0u, false)]
    public async Task A_connection_ends_when_its_client_connects_to_another_node_whatever_it_asks_of_the_session(uint expiry, bool clean)
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        await using MqttClient first = await gateway.ConnectAsync(expiry);
        await using MqttClient second = await gateway.ConnectAsync(expiry, clean, at: nodes.Second);
        second.ConnAck.SessionPresent.ShouldBeFalse();
        (await first.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.SessionTakenOver);
        second.Closed.IsCompleted.ShouldBeFalse();
        (await nodes.HolderAsync(gateway)).ShouldBe(nodes.SecondId.Id);
    }

    [Fact]
    public async Task Of_two_connections_of_a_new_client_at_once_one_stays()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        for (int round = 0; round < 5; round++)
        {
            string suffix = $"-{round}";
            MqttClient?[] both = await Task.WhenAll(
                TryConnectAsync(() => gateway.ConnectAsync(suffix: suffix)), TryConnectAsync(() => gateway.ConnectAsync(suffix: suffix, at: nodes.Second)));
            // The one that lost may have been told before it was accepted.
            await Eventually.HoldsAsync(() => both.Count(client => client is { Closed.IsCompleted: false }) < 2, "one has to go");
            await Task.Delay(200);
            both.Count(client => client is { Closed.IsCompleted: false }).ShouldBe(1);
            foreach (MqttClient? client in both)
            {
                if (client is not null) await client.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Gateways_that_hop_between_nodes_in_a_flood_of_commands_miss_none()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway[] gateways = new TestGateway[20];
        for (int i = 0; i < gateways.Length; i++) gateways[i] = await nodes.First.AddGatewayAsync();
        using CancellationTokenSource enough = new();
        ConcurrentDictionary<string, int> received = new();
        Task[] hopping = [.. gateways.Select(gateway => HopAsync(nodes, gateway, received, enough.Token))];
        ConcurrentBag<(TestGateway Gateway, string Id)> sent = [];
        await Task.WhenAll(gateways.Select(async gateway =>
        {
            for (int i = 0; i < 15; i++) sent.Add((gateway, (string)(await nodes.First.SendCommandAsync(gateway.Id, "go"))["id"]!));
        }));
        await enough.CancelAsync();
        await Task.WhenAll(hopping);

        // Who stays at last gets what is left.
        MqttClient[] staying = await Task.WhenAll(gateways.Select((gateway, i) =>
        {
            gateway.OnMessage = message => Count(received, message);
            return gateway.ConnectListeningAsync(at: i % 2 == 0 ? nodes.First : nodes.Second);
        }));
        foreach ((TestGateway gateway, string id) in sent) await nodes.First.CommandShouldBecomeAsync(gateway.Id, id, "delivered");
        sent.Count.ShouldBe(300);
        sent.ShouldAllBe(command => received.ContainsKey(command.Id));
        foreach (MqttClient client in staying) await client.DisposeAsync();
    }

    [Fact]
    public async Task The_client_of_a_node_that_is_gone_has_its_session_at_another()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        await using MqttClient first = await gateway.ConnectListeningAsync();
        string id = (string)(await nodes.First.SendCommandAsync(gateway.Id, "before"))["id"]!;
        await nodes.First.CommandShouldBecomeAsync(gateway.Id, id, "delivered");
        NameIn(await gateway.ReceiveAsync()).ShouldBe("before");

        nodes.Line.Cut();
        await using MqttClient second = await gateway.ConnectAgainAsync(nodes.Second);
        second.ConnAck.SessionPresent.ShouldBeTrue();
        await nodes.Second.SendCommandAsync(gateway.Id, "after");
        NameIn(await gateway.ReceiveAsync()).ShouldBe("after", "its subscription came with it");
    }

    [Fact]
    public async Task What_a_node_that_is_gone_owes_is_done_by_another_once_and_it_does_nothing_more_when_it_is_back()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        Will will = new() { Topic = gateway.StatusTopic, Payload = "offline"u8.ToArray(), Qos = QualityOfService.AtLeastOnce, Retain = true, DelayInterval = 1 };
        await using MqttClient connected = await gateway.ConnectListeningAsync(will: will);
        await connected.PublishAsync(gateway.StatusTopic, "online"u8.ToArray(), retain: true);
        await using Watching here = await Watching.ConnectAsync(nodes.First, gateway), there = await Watching.ConnectAsync(nodes.Second, gateway);
        (await here.NextAsync(), await there.NextAsync()).ShouldBe(("online", "online"));
        await PresenceShouldBecomeAsync(nodes, gateway, isOnline: true);

        nodes.Line.Cut();
        (await there.NextAsync()).ShouldBe("offline");
        await PresenceShouldBecomeAsync(nodes, gateway, isOnline: false);
        connected.Closed.IsCompleted.ShouldBeFalse("the node that was cut off knows of nothing");

        nodes.Line.Mend();
        (await connected.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.SessionTakenOver);
        (await here.NextAsync()).ShouldBe("offline", "it was stored by the other");
        await Task.Delay(2000);
        (here.HasNext, there.HasNext).ShouldBe((false, false));
        (await nodes.HolderAsync(gateway)).ShouldBe(nodes.SecondId.Id);
        (await gateway.RetainedStatusAsync()).ShouldBe("offline");
    }

    [Fact]
    public async Task A_command_that_is_given_to_one_node_reaches_a_gateway_of_another()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectListeningAsync();
        await PresenceShouldBecomeAsync(nodes, gateway, isOnline: true);
        string id = (string)(await nodes.Second.SendCommandAsync(gateway.Id, "from afar"))["id"]!;
        NameIn(await gateway.ReceiveAsync()).ShouldBe("from afar");
        await nodes.Second.CommandShouldBecomeAsync(gateway.Id, id, "delivered");
    }

    [Fact]
    public async Task What_a_gateway_retains_is_seen_at_every_node_at_once_and_by_those_who_subscribe_later()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectAsync();
        await using Watching watching = await Watching.ConnectAsync(nodes.Second, gateway);
        foreach (string status in new[] { "online", "busy" })
        {
            await client.PublishAsync(gateway.StatusTopic, Encoding.UTF8.GetBytes(status), retain: true);
            (await watching.NextAsync()).ShouldBe(status);
        }

        await using (Watching later = await Watching.ConnectAsync(nodes.Second, gateway)) (await later.NextAsync()).ShouldBe("busy");
        await client.PublishAsync(gateway.StatusTopic, default, retain: true);
        (await watching.NextAsync()).ShouldBe("");
        await using Watching last = await Watching.ConnectAsync(nodes.Second, gateway);
        await Task.Delay(200);
        (last.HasNext, watching.HasNext).ShouldBe((false, false));
    }

    [Fact]
    public async Task A_node_that_stops_leaves_its_sessions_to_the_others()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        await using MqttClient first = await gateway.ConnectListeningAsync();
        Task stopping = nodes.First.DisposeAsync().AsTask();
        await first.Closed.WaitAsync(Patience);
        await using MqttClient second = await gateway.ConnectAsync(at: nodes.Second);
        second.ConnAck.SessionPresent.ShouldBeTrue();
        await stopping;
        (await nodes.HolderAsync(gateway)).ShouldBe(nodes.SecondId.Id);
    }

    private static async Task HopAsync(TwoNodes nodes, TestGateway gateway, ConcurrentDictionary<string, int> received, CancellationToken cancellationToken)
    {
        gateway.OnMessage = message => Count(received, message);
        List<MqttClient> clients = [];
        for (int hop = 0; !cancellationToken.IsCancellationRequested; hop++)
        {
            // The earlier connection is left open: the other node has to end it.
            GatewayServer next = hop % 2 == 0 ? nodes.First : nodes.Second;
            if (await TryConnectAsync(() => gateway.ConnectListeningAsync(at: next)) is { } client) clients.Add(client);
            await Task.Delay(50, CancellationToken.None);
        }

        foreach (MqttClient each in clients) await each.DisposeAsync();
    }

    /// <returns>Null when the server did not accept it, or ended it at once: then the client comes again.</returns>
    private static async Task<MqttClient?> TryConnectAsync(Func<Task<MqttClient>> connect)
    {
        try
        {
            return await connect();
        }
        catch (Exception e) when (e is MqttConnectRefusedException or MqttConnectionLostException)
        {
            return null;
        }
    }

    private static Task Count(ConcurrentDictionary<string, int> received, ReceivedMessage message)
    {
        received.AddOrUpdate(message.Topic.Split('/')[^1], 1, (_, count) => count + 1);
        return Task.CompletedTask;
    }

    private static string NameIn(ReceivedMessage message) => (string)JsonNode.Parse(message.Payload.Span)!["name"]!;

    private static Task PresenceShouldBecomeAsync(TwoNodes nodes, TestGateway gateway, bool isOnline) => Eventually.HoldsAsync(
        async () => await nodes.Database.ScalarAsync<bool>(
            "SELECT coalesce((SELECT online FROM gateway_presence WHERE gateway_id = $1), false)", gateway.Id.Value) == isOnline,
        $"the gateway is {(isOnline ? "online" : "offline")}");

    /// <summary>A user who watches a gateway's status over MQTT.</summary>
    private sealed class Watching : IAsyncDisposable
    {
        private readonly Channel<string> _seen = Channel.CreateUnbounded<string>();
        private MqttClient _client = null!;

        public bool HasNext => _seen.Reader.TryPeek(out _);

        public static async Task<Watching> ConnectAsync(GatewayServer server, TestGateway gateway)
        {
            Watching watching = new();
            watching._client = await MqttClient.ConnectAsync(
                new MqttClientOptions
                {
                    Transport = MqttTransport.Tcp("127.0.0.1", server.MqttPort),
                    OnMessage = (message, _) => watching._seen.Writer.WriteAsync(Encoding.UTF8.GetString(message.Payload.Span), CancellationToken.None),
                },
                new ConnectPacket
                {
                    CleanStart = true,
                    Password = Encoding.UTF8.GetBytes(server.Http.DefaultRequestHeaders.Authorization!.Parameter!),
                });
            await watching._client.SubscribeAsync([new Subscription(Topics.Status(gateway.Id), QualityOfService.AtLeastOnce)]);
            return watching;
        }

        public async Task<string> NextAsync() => await _seen.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public ValueTask DisposeAsync() => _client.DisposeAsync();
    }
}
