using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Watching;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Api.Mqtt;
using Xunit;

namespace StepCloud.Tests.Api.Watching;

/// <summary>`/metrics`: for Prometheus, from where it may be, and of nobody in particular.</summary>
[Collection(ApiTests.Name)]
public sealed partial class MetricsEndpointTests(ApiServer server)
{
    [Fact]
    public async Task What_gateways_send_is_counted_by_what_became_of_it()
    {
        // Not on the page: the servers of other tests of this process share its counters.
        ConcurrentDictionary<string, long> counts = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ApiMetrics.MeterName) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => counts.AddOrUpdate(
            $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}", value, (_, sum) => sum + value));
        listener.Start();
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        (await mqtt.SendStepsAsync(step.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);
        (await mqtt.SendStepsAsync("rubbish"u8.ToArray())).ReasonCode.ShouldBe(ReasonCode.PayloadFormatInvalid);
        (await gateway.SendAsync(step)).EnsureSuccessStatusCode();
        counts["stepcloud.uplink.messages mqtt steps"].ShouldBeGreaterThanOrEqualTo(2);
        counts["stepcloud.uplink.messages http steps"].ShouldBeGreaterThanOrEqualTo(1);
        counts["stepcloud.uplink.messages http devices"].ShouldBeGreaterThanOrEqualTo(1);
        counts["stepcloud.uplink.refusals malformed_json"].ShouldBeGreaterThanOrEqualTo(1);
        counts["stepcloud.quarantine.messages "].ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task What_is_refused_is_counted_by_the_code_of_its_problem_whatever_the_caller_takes()
    {
        ConcurrentDictionary<string, long> counts = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "stepcloud.http.problems") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counts.AddOrUpdate((string)tags[0].Value!, value, (_, sum) => sum + value));
        listener.Start();
        // No other test is refused for this.
        foreach (string accepted in (string[])["*/*", "application/json", "text/event-stream", "text/html"])
        {
            using HttpClient http = new() { BaseAddress = server.HttpAddress };
            http.DefaultRequestHeaders.Add("X-Forwarded-For", "127.0.0.1");
            http.DefaultRequestHeaders.Add("Accept", accepted);
            await http.GetAsync("/metrics").ShouldBeProblemAsync(403, "address_not_allowed");
        }

        counts["address_not_allowed"].ShouldBe(4);
    }

    [Fact]
    public async Task Nothing_on_the_page_names_anybody()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await gateway.AddDeviceAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        string page = await PageAsync();
        Ids().IsMatch(page).ShouldBeFalse(Ids().Match(page).Value);
    }

    [Fact]
    public async Task Whoever_is_passed_on_by_a_proxy_that_is_not_trusted_is_refused_however_near_the_proxy_is()
    {
        foreach (string header in new[] { "X-Forwarded-For", "Forwarded" })
        {
            using HttpClient http = new() { BaseAddress = server.HttpAddress };
            http.DefaultRequestHeaders.Add(header, header == "Forwarded" ? "for=127.0.0.1" : "127.0.0.1");
            await http.GetAsync("/metrics").ShouldBeProblemAsync(403, "address_not_allowed");
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1/32", HttpStatusCode.OK)]
    public async Task The_networks_that_are_named_may_come_and_no_others(string network, HttpStatusCode expected)
    {
        await using StepCloudServer other = await StartOtherAsync(("Metrics:AllowedFrom:0", network));
        using HttpClient http = new();
        (await http.GetAsync($"{other.HttpAddress}/metrics")).StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_caller_s_own_address_counts()
    {
        await using StepCloudServer other = await StartOtherAsync(("Network:TrustedProxies:0", "127.0.0.1/32"));
        (await StatusAsync("192.168.3.4")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync("203.0.113.9")).ShouldBe(HttpStatusCode.Forbidden);

        async Task<HttpStatusCode> StatusAsync(string caller)
        {
            using HttpClient http = new();
            http.DefaultRequestHeaders.Add("X-Forwarded-For", caller);
            using HttpResponseMessage answer = await http.GetAsync($"{other.HttpAddress}/metrics");
            return answer.StatusCode;
        }
    }

    /// <summary>Reads only, so that it can be there beside the one that owns the actors.</summary>
    private async Task<StepCloudServer> StartOtherAsync(params (string Name, string? Value)[] settings) =>
        await ApiServer.StartServerAsync(server.Database.ConnectionString, [("Server:Role", "reader"), .. settings]);

    private async Task<string> PageAsync()
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        using HttpResponseMessage answer = await http.GetAsync("/metrics");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24,}", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex Ids();
}
