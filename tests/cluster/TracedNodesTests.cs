using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Shouldly;
using StepCloud.Tests.Protocol;
using StepCloud.Tests.Support;
using StepCloud.Tests.Support.Otlp;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>A trace that begins at a gateway leads through whichever nodes deal with what it sent. Here one takes in, and another has the actors.</summary>
public sealed class TracedNodesTests(TracedNodesTests.Shop shop) : IClassFixture<TracedNodesTests.Shop>
{
    [Fact]
    public async Task The_trace_of_a_PUBLISH_at_one_node_leads_through_the_actor_at_another_to_the_commit()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient client = await shop.ConnectAsync(gateway);
        (string trace, string parent, string header) = NewTrace();
        (await PublishAsync(client, gateway, header)).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success);

        OtlpSpan[] spans = await shop.SpansAsync(trace, "mqtt process", "append steps", "commit steps");
        OtlpSpan process = spans.Single(span => span.Name == "mqtt process"), append = spans.Single(span => span.Name == "append steps");
        process.Parent.ShouldBe(parent);
        OtlpSpan call = spans.Single(span => span.Id == append.Parent);
        (call.Name, call.Scope, call.Parent).ShouldBe(("actor call", "StepCloud.Cluster", process.Id));
        call.Attributes["rpc.service"].ShouldBe("IGateway");
        OtlpSpan commit = spans.Single(span => span.Name == "commit steps");
        commit.Parent.ShouldBe(append.Id);
        commit.Links.ShouldBe([trace]);

        NodeOf(process).ShouldNotBe(NodeOf(call));
        new[] { append, commit }.Select(NodeOf).ShouldAllBe(node => node == NodeOf(call));
        await Eventually.HoldsAsync(() => shop.Collector.Spans.Any(span => span.Scope == "Npgsql" && span.Parent == commit.Id), "the statement is on the trace");
    }

    [Fact]
    public async Task What_nobody_asks_to_be_traced_has_no_span_at_either_node()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using IMqttClient client = await shop.ConnectAsync(gateway);
        (string untraced, _, string header) = NewTrace();
        (await PublishAsync(client, gateway, header[..^1] + "0")).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success);
        (await PublishAsync(client, gateway, traceParent: null)).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success);
        // What comes after it has arrived, and it has not.
        (string last, _, string asked) = NewTrace();
        (await PublishAsync(client, gateway, asked)).ReasonCode.ShouldBe(MqttClientPublishReasonCode.Success);
        await shop.SpansAsync(last, "mqtt process", "commit steps");
        shop.Collector.Spans.ShouldNotContain(span => span.Trace == untraced);
        shop.Collector.Spans.ShouldAllBe(span => shop.Asked.Contains(span.Trace));
    }

    [Fact]
    public async Task What_the_actor_at_the_other_node_logs_carries_the_id_of_the_request_s_trace()
    {
        ReadyGateway gateway = await shop.TakeAsync();
        using HttpClient http = new() { BaseAddress = new Uri(shop.Cluster.Nodes[0].HttpAddress) };
        string used = gateway.RefreshToken, newest = used;
        // Twice, so that the first has not merely lost its answer.
        for (int i = 0; i < 2; i++) newest = (string)(await new PairedGateway(gateway.Id, newest).RefreshAsync(http, shop.Cluster.Nodes[0].HttpAddress))["refresh_token"]!;
        (string trace, _, string header) = NewTrace();
        using HttpRequestMessage again = new(HttpMethod.Post, "/gateway/api/v1/token") { Content = JsonContent.Create(new { refresh_token = used }), Headers = { { "traceparent", header } } };
        using HttpResponseMessage refused = await http.SendAsync(again);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, await refused.Content.ReadAsStringAsync());

        string line = await shop.Cluster.Nodes[1].Process!.LineAsync("[2002]");
        line.ShouldEndWith($" trace={trace}");
        await Eventually.HoldsAsync(() => shop.Collector.Logs.Any(log => log.Trace == trace && log.Body.Contains("A used refresh token", StringComparison.Ordinal)), "it is at the collector too");
    }

    private static string NodeOf(OtlpSpan span) => span.Resource["service.instance.id"];

    private (string Trace, string Parent, string Header) NewTrace()
    {
        string trace = ActivityTraceId.CreateRandom().ToHexString(), parent = ActivitySpanId.CreateRandom().ToHexString();
        shop.Asked.Add(trace);
        return (trace, parent, $"00-{trace}-{parent}-01");
    }

    private static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, ReadyGateway gateway, string? traceParent)
    {
        MqttApplicationMessageBuilder message = new MqttApplicationMessageBuilder()
            .WithTopic(gateway.Topic("steps")).WithPayload(gateway.Step("traced").ToJsonString()).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        if (traceParent is not null) message.WithUserProperty("traceparent", new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(traceParent)));
        return client.PublishAsync(message.Build());
    }

    /// <summary>A front, a node with the actors, a collector to which both send, and gateways that nobody else uses.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        private readonly Queue<PairedGateway> _gateways = new();
        private TestCluster? _cluster;

        internal TestCluster Cluster => _cluster!;

        public OtlpReceiver Collector { get; private set; } = null!;

        /// <summary>Traces that a test has asked for.</summary>
        public HashSet<string> Asked { get; } = [];

        public async Task InitializeAsync()
        {
            Collector = await OtlpReceiver.StartAsync();
            _cluster = await TestCluster.CreateAsync(
                2, ("Passwords__MemoryMiB", "19"), ("Otlp__Endpoint", Collector.Address), ("Otlp__TraceRatio", "0"), ("Otlp__TracesPerSecondMax", "100000"));
            (_cluster.Nodes[0].Arguments, _cluster.Nodes[1].Arguments) = (["--role", "front"], ["--role", "actors"]);
            await _cluster.StartNodeAsync(1);
            await _cluster.StartNodeAsync(0);
            foreach (PairedGateway gateway in await PairedGateway.EnrollAsync(_cluster.Installation, 3)) _gateways.Enqueue(gateway);
        }

        public async Task DisposeAsync()
        {
            if (_cluster is not null) await _cluster.DisposeAsync();
            await Collector.DisposeAsync();
        }

        internal async Task<ReadyGateway> TakeAsync()
        {
            using HttpClient http = new();
            return await ReadyGateway.OfAsync(_gateways.Dequeue(), http, Cluster.Nodes[0].HttpAddress);
        }

        internal async Task<IMqttClient> ConnectAsync(ReadyGateway gateway)
        {
            IMqttClient client = new MqttClientFactory().CreateMqttClient();
            MqttClientOptions options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Cluster.Nodes[0].MqttPort).WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(gateway.Id.ToString()).WithCredentials(gateway.Id.ToString(), gateway.AccessToken).Build();
            (await client.ConnectAsync(options)).ResultCode.ShouldBe(MqttClientConnectResultCode.Success);
            return client;
        }

        internal async Task<OtlpSpan[]> SpansAsync(string trace, params string[] names)
        {
            OtlpSpan[] found = [];
            await Eventually.HoldsAsync(
                () =>
                {
                    found = [.. Collector.Spans.Where(span => span.Trace == trace)];
                    return names.All(name => found.Any(span => span.Name == name));
                },
                $"{string.Join(", ", names)} arrive on trace {trace}");
            return found;
        }
    }
}
