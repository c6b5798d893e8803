using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Api.Mqtt;
using StepCloud.Tests.Support;
using StepCloud.Tests.Support.Otlp;
using Xunit;

namespace StepCloud.Tests.Api.Watching;

/// <summary>A gateway's trace goes on through the server to the commit, and arrives at a collector.</summary>
public sealed class OtlpTests : IAsyncLifetime
{
    private OtlpReceiver _collector = null!;
    private ApiServer _server = null!;

    public async Task InitializeAsync()
    {
        _collector = await OtlpReceiver.StartAsync();
        _server = new ApiServer
        {
            Settings =
            [
                ("Otlp:Endpoint", _collector.Address), ("Otlp:Headers", "x-key=of the collector"), ("Otlp:TraceRatio", "0"), ("Otlp:MetricsEvery", "00:00:01"),
                ("Logging:LogLevel:StepCloud.Tests", "Information"),
            ],
        };
        await _server.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task The_trace_of_a_PUBLISH_leads_to_the_commit_of_its_step()
    {
        TestGateway gateway = await _server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        (string trace, string parent, string header) = NewTrace();
        PublishProperties traced = PublishProperties.Create(userProperties: [new UserProperty("traceparent", header), new UserProperty("tracestate", "vendor=1")]);
        (await mqtt.Client.PublishAsync(Topics.Steps(gateway.Id), step.Bytes(), properties: traced)).ReasonCode.ShouldBe(ReasonCode.Success);

        OtlpSpan[] spans = await SpansAsync(trace, "mqtt process", "append steps", "commit steps");
        OtlpSpan process = spans.Single(span => span.Name == "mqtt process"), append = spans.Single(span => span.Name == "append steps");
        process.Parent.ShouldBe(parent);
        process.Scope.ShouldBe("StepCloud.Mqtt");
        process.Resource["service.name"].ShouldBe("stepcloud");
        append.Parent.ShouldBe(process.Id);
        append.Attributes["stepcloud.steps"].ShouldBe("1");
        OtlpSpan commit = spans.Single(span => span.Name == "commit steps");
        commit.Links.ShouldContain(trace);
        commit.Parent.ShouldBe(append.Id);
        // The statement that commits is below it, without its values.
        await Eventually.HoldsAsync(() => _collector.Spans.Any(span => span.Scope == "Npgsql" && span.Parent == commit.Id), "the statement is on the trace");
    }

    [Fact]
    public async Task The_trace_of_a_POST_leads_there_too_and_has_its_route_and_no_query()
    {
        TestGateway gateway = await _server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        (string trace, string parent, string header) = NewTrace();
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        using HttpRequestMessage request = new(HttpMethod.Post, "/gateway/api/v1/steps") { Content = new ByteArrayContent(step.Bytes()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Authorization = new("Bearer", gateway.Tokens.AccessToken);
        request.Headers.Add("traceparent", header);
        using HttpResponseMessage answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        OtlpSpan root = (await SpansAsync(trace, "POST /gateway/api/v1/steps", "append steps", "commit steps")).Single(span => span.Parent == parent);
        root.Attributes["http.route"].ShouldBe("/gateway/api/v1/steps");
        root.Attributes["http.response.status_code"].ShouldBe("200");

        (string other, _, string second) = NewTrace();
        http.DefaultRequestHeaders.Add("traceparent", second);
        (await http.GetAsync("/api/v1/devices?search=what-somebody-looks-for")).Dispose();
        OtlpSpan refused = (await SpansAsync(other, "GET /api/v1/devices")).Single();
        refused.Attributes["http.response.status_code"].ShouldBe("401");
        refused.Attributes.Values.ShouldAllBe(value => !value.Contains("what-somebody"));
    }

    [Fact]
    public async Task What_nobody_asks_to_be_traced_is_not()
    {
        TestGateway gateway = await _server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        (await mqtt.SendStepsAsync(step.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);
        (string trace, _, string header) = NewTrace();
        PublishProperties untraced = PublishProperties.Create(userProperties: [new UserProperty("traceparent", header[..^1] + "0")]);
        (await mqtt.Client.PublishAsync(Topics.Steps(gateway.Id), TestGateway.Step(await gateway.AddDeviceAsync()).Bytes(), properties: untraced)).ReasonCode.ShouldBe(ReasonCode.Success);
        // What comes after it has arrived, and it has not.
        (string last, _, string asked) = NewTrace();
        await mqtt.Client.PublishAsync(Topics.Steps(gateway.Id), step.Bytes(), properties: PublishProperties.Create(userProperties: [new UserProperty("traceparent", asked)]));
        await SpansAsync(last, "commit steps");
        _collector.Spans.ShouldNotContain(span => span.Trace == trace || span.Links.Contains(trace));
        string client = gateway.Id.ToString();
        _collector.Spans.Count(span => span.Attributes.GetValueOrDefault("messaging.client.id") == client).ShouldBe(1);
    }

    [Fact]
    public async Task Metrics_and_logs_arrive_too_and_a_log_on_a_trace_carries_its_id()
    {
        await Eventually.HoldsAsync(() => _collector.Metrics.Contains("stepcloud.commit.queue.steps"), "metrics arrive");
        System.Diagnostics.ActivityTraceId trace;
        using (System.Diagnostics.Activity activity = new System.Diagnostics.Activity("a test").Start())
        {
            trace = activity.TraceId;
            ILogger logger = _server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("StepCloud.Tests");
            logger.LogInformation("A line with {Number}", 5);
        }

        await Eventually.HoldsAsync(() => _collector.Logs.Any(log => log.Body == "A line with 5" && log.Trace == trace.ToHexString()), "the line arrives");
        _collector.Keys.ShouldAllBe(key => key == "of the collector");
    }

    private async Task<OtlpSpan[]> SpansAsync(string trace, params string[] names)
    {
        OtlpSpan[] found = [];
        await Eventually.HoldsAsync(
            () =>
            {
                found = [.. _collector.Spans.Where(span => span.Trace == trace)];
                return names.All(name => found.Any(span => span.Name == name));
            },
            $"{string.Join(", ", names)} arrive on trace {trace}");
        return found;
    }

    private static (string Trace, string Parent, string Header) NewTrace()
    {
        string trace = System.Diagnostics.ActivityTraceId.CreateRandom().ToHexString(), parent = System.Diagnostics.ActivitySpanId.CreateRandom().ToHexString();
        return (trace, parent, $"00-{trace}-{parent}-01");
    }
}
