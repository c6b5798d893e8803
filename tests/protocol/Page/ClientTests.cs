using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Protocol.Tools;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Protocol.Page;

/// <summary>The two clients of the page, as they stand there, against a real server.</summary>
[Collection(RunningServerCollection.Name)]
public sealed class ClientTests(RunningServer server)
{
    [Fact]
    public Task The_client_in_Python_does_what_the_page_says()
    {
        string program = ProtocolPage.Blocks("python client").ShouldHaveSingleItem();
        return ShouldWorkAsync("client.py", program, Tool.Python, "127.0.0.1", $"{server.MqttPort}");
    }

    [Fact]
    public Task The_client_in_JavaScript_does_what_the_page_says_over_TCP() => JavaScriptShouldWorkAsync($"mqtt://127.0.0.1:{server.MqttPort}");

    [Fact]
    public Task The_client_in_JavaScript_does_what_the_page_says_over_WebSocket() => JavaScriptShouldWorkAsync(server.WebSocketAddress.ToString());

    private Task JavaScriptShouldWorkAsync(string broker)
    {
        string program = ProtocolPage.Blocks("javascript client").ShouldHaveSingleItem();
        return ShouldWorkAsync("client.mjs", program, Tool.Node, broker);
    }

    private async Task ShouldWorkAsync(string file, string program, Tool tool, params string[] broker)
    {
        PairedGateway gateway = server.TakeGateway();
        Guid device = Guid.NewGuid();
        using TemporaryFolder folder = new();
        Directory.CreateSymbolicLink(folder["node_modules"], Path.Combine(Tool.NodeFolder, "node_modules"));
        await File.WriteAllTextAsync(folder[file], program);
        JsonObject kept = new() { ["gateway"] = gateway.Id.ToString(), ["refresh_token"] = gateway.RefreshToken, ["device"] = device.ToString() };
        // All gateways of these tests are of one site, where the program's source belongs to one device.
        await server.Database.ExecuteAsync("UPDATE device SET source = source || id WHERE source = 'printer-1'");
        await File.WriteAllTextAsync(folder["gateway.json"], kept.ToJsonString());

        Guid command = await server.AddCommandAsync(gateway.Id);

        ToolResult first = await RunAsync("Layer 1 Up");
        first.Output.ShouldContain("devices acknowledged", Case.Sensitive, first.ToString());
        first.Output.ShouldContain("steps acknowledged", Case.Sensitive, first.ToString());
        first.Output.ShouldNotContain("refused:", Case.Sensitive, first.ToString());
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBe(["Layer 1 Up"]);
        (await server.Database.ScalarAsync<string>("SELECT message FROM gateway_command WHERE id = $1 AND outcome = 3", command))
            .ShouldBe("This gateway knows no commands.");
        string refreshed = (string)JsonNode.Parse(await File.ReadAllTextAsync(folder["gateway.json"]))!["refresh_token"]!;
        refreshed.ShouldNotBe(gateway.RefreshToken, "the page keeps the new refresh token");

        // Over the limit of 200 characters. The notice may come after the two seconds that the program waits: then the next run gets it.
        ToolResult refused = await RunAsync(new string('x', 201));
        ToolResult third = await RunAsync("Layer 2 Up");
        string both = refused.Output + third.Output;
        both.ShouldContain("refused: {", Case.Sensitive, both);
        both.Split("too_large").Length.ShouldBe(2, both);
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBe(["Layer 1 Up", "Layer 2 Up"]);

        async Task<ToolResult> RunAsync(string label)
        {
            ToolResult result = await tool.RunAsync([folder[file], server.HttpAddress, .. broker, folder["gateway.json"], label], "");
            result.ExitCode.ShouldBe(0, result.ToString());
            return result;
        }
    }
}
