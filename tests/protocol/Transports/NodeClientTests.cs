using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Protocol.Tools;
using Xunit;

namespace StepCloud.Tests.Protocol.Transports;

/// <summary>npm's mqtt 5 as a gateway, in both versions of the protocol, over TCP and over WebSocket.</summary>
[Collection(RunningServerCollection.Name)]
public sealed class NodeClientTests(RunningServer server)
{
    [Theory]
    [InlineData("mqtt", 5)]
    [InlineData("mqtt", 4)]
    [InlineData("ws", 5)]
    [InlineData("ws", 4)]
    public async Task A_gateway_sends_steps_and_is_told_what_is_refused(string scheme, int version)
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        string[] steps = [gateway.Step("one").ToJsonString(), gateway.RefusedStep().ToJsonString(), gateway.Step("two").ToJsonString()];
        JsonObject request = new()
        {
            ["url"] = scheme == "ws" ? server.WebSocketAddress.ToString() : $"mqtt://127.0.0.1:{server.MqttPort}",
            ["version"] = version,
            ["gateway"] = gateway.Id.ToString(),
            ["token"] = gateway.AccessToken,
            ["notices"] = 1,
            ["publish"] = new JsonArray([.. steps.Select(step => new JsonObject { ["topic"] = gateway.Topic("steps"), ["payload"] = step })]),
        };
        ToolResult result = await Tool.Node.RunAsync(["mqtt-client.js"], request.ToJsonString(), Tool.NodeFolder);
        result.ExitCode.ShouldBe(0, result.ToString());

        JsonNode answer = JsonNode.Parse(result.Output)!;
        int refused = version == 5 ? 0x83 : 0; // Implementation specific error; 3.1.1 has no Reason Codes
        answer["results"]!.AsArray().Select(code => (int)code!).ShouldBe([0, refused, 0]);
        JsonNode notice = answer["notices"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)notice["refusals"]![0]!["code"]!).ShouldBe("unknown_device");
        (await SchemaJudge.FaultsAsync([("refusal", notice)])).ShouldBe([null], "the server's notices are what the schema says");
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBe(["one", "two"]);
    }
}
