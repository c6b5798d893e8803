using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Protocol;
using StepCloud.Tests.Protocol.Tools;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>What stays open: live streams, and MQTT over WebSocket.</summary>
[Collection(RunningProxyCollection.Name)]
public sealed class StreamTests(RunningProxy proxy)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Events_arrive_while_the_stream_is_open_and_it_ends_with_its_session()
    {
        using HttpClient http = await proxy.SignedInAsync("127.0.2.1");
        ReadyGateway gateway = await proxy.TakeGatewayAsync(http);
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/v1/devices/{gateway.Device}/live");
        using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using StreamReader stream = new(await answer.Content.ReadAsStreamAsync());
        (await stream.ReadLineAsync().WaitAsync(Patience)).ShouldBe("retry: 2000");

        using HttpResponseMessage stored = await RunningProxy.SendAsync(http, gateway, "steps", gateway.Step("live"));
        stored.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await LineAsync(stream, "event: step").WaitAsync(Patience)).ShouldNotBeNull("the next thing in it would be a heart-beat, 15 s later");

        Stopwatch watch = Stopwatch.StartNew();
        await proxy.Database.ExecuteAsync("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE remote_address = '127.0.2.1'");
        (await LineAsync(stream, "never").WaitAsync(Patience)).ShouldBeNull("the stream has ended");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10), "long before the token's end");
        using HttpResponseMessage refused = await http.GetAsync("/api/v1/sites");
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_gateway_speaks_MQTT_over_a_WebSocket_through_the_proxy()
    {
        using HttpClient http = proxy.Caddy.CreateClient("127.0.2.2");
        ReadyGateway gateway = await proxy.TakeGatewayAsync(http);
        using HttpMessageInvoker invoker = new(proxy.Caddy.CreateHandler("127.0.2.2"));
        MqttClientOptions options = new()
        {
            Transport = async cancellationToken =>
            {
                ClientWebSocket socket = new();
                socket.Options.AddSubProtocol("mqtt");
                await socket.ConnectAsync(proxy.Caddy.WebSocketAddress, invoker, cancellationToken);
                return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
            },
        };
        await using MqttClient client = await MqttClient.ConnectAsync(options, new ConnectPacket
        {
            CleanStart = true, ClientIdentifier = gateway.Id.ToString(), UserName = gateway.Id.ToString(), Password = Encoding.UTF8.GetBytes(gateway.AccessToken),
        });
        PublishResult result = await client.PublishAsync(gateway.Topic("steps"), Encoding.UTF8.GetBytes(gateway.Step("over a WebSocket").ToJsonString()), QualityOfService.AtLeastOnce);
        result.IsSuccess.ShouldBeTrue();
        (await proxy.StoredLabelsAsync(gateway.Id)).ShouldBe(["over a WebSocket"]);

        await proxy.Database.ExecuteAsync("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1", gateway.Id);
        (await client.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
    }

    [Fact]
    public async Task So_does_a_client_of_another_maker()
    {
        using HttpClient http = proxy.Caddy.CreateClient("127.0.2.3");
        ReadyGateway gateway = await proxy.TakeGatewayAsync(http);
        JsonObject request = new()
        {
            ["url"] = proxy.Caddy.WebSocketAddress.ToString(), ["version"] = 5, ["gateway"] = gateway.Id.ToString(), ["token"] = gateway.AccessToken, ["notices"] = 1,
            ["publish"] = new JsonArray(
                new JsonObject { ["topic"] = gateway.Topic("steps"), ["payload"] = gateway.Step("one").ToJsonString() },
                new JsonObject { ["topic"] = gateway.Topic("steps"), ["payload"] = gateway.RefusedStep().ToJsonString() }),
        };
        ToolResult result = await (Tool.Node with { Path = "/usr/bin/env" }).RunAsync(
            [$"NODE_EXTRA_CA_CERTS={proxy.Caddy.RootCertificatePath}", Tool.Node.Path, "mqtt-client.js"], request.ToJsonString(), Tool.NodeFolder);
        result.ExitCode.ShouldBe(0, result.ToString());
        JsonNode.Parse(result.Output)!["results"]!.AsArray().Select(code => (int)code!).ShouldBe([0, 0x83]);
        (await proxy.StoredLabelsAsync(gateway.Id)).ShouldBe(["one"]);
    }

    /// <summary>Reads up to that line; null when the stream ends before it, in order or not.</summary>
    private static async Task<string?> LineAsync(StreamReader stream, string wanted)
    {
        try
        {
            while (await stream.ReadLineAsync() is { } line)
            {
                if (line == wanted) return line;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // A stream over HTTP/2 that is ended in the middle is reset.
        }

        return null;
    }
}
