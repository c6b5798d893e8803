using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Protocol.Tools;
using Xunit;

namespace StepCloud.Tests.Protocol.Transports;

/// <summary>mosquitto_pub and mosquitto_sub as a gateway.</summary>
[Collection(RunningServerCollection.Name)]
public sealed class MosquittoTests(RunningServer server)
{
    [Theory]
    [InlineData("mqttv5")]
    [InlineData("mqttv311")]
    public async Task A_step_is_stored_and_a_refusal_waits_for_an_absent_subscriber(string version)
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        ToolResult subscribed = await Tool.MosquittoSub.RunAsync([.. Who(gateway, "-sub", version), "-c", .. Expiry(version), "-q", "1", "-t", gateway.Topic("errors"), "-E"]);
        subscribed.ExitCode.ShouldBe(0, subscribed.ToString());

        ToolResult stored = await PublishAsync(gateway, version, gateway.Topic("steps"), gateway.Step("by mosquitto"));
        stored.ExitCode.ShouldBe(0, stored.ToString());
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBe(["by mosquitto"]);

        JsonObject step = gateway.RefusedStep();
        ToolResult refused = await PublishAsync(gateway, version, gateway.Topic("steps"), step);
        refused.ExitCode.ShouldBe(0, refused.ToString());
        if (version == "mqttv5") refused.Errors.ShouldContain("Implementation specific error");

        ToolResult notice = await Tool.MosquittoSub.RunAsync(
            [.. Who(gateway, "-sub", version), "-c", .. Expiry(version), "-q", "1", "-t", gateway.Topic("errors"), "-C", "1", "-W", "60"]);
        notice.ExitCode.ShouldBe(0, notice.ToString());
        JsonNode refusal = JsonNode.Parse(notice.Output)!["refusals"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)refusal["id"]!).ShouldBe((string)step["id"]!);
        ((string)refusal["code"]!).ShouldBe("unknown_device");
    }

    [Fact]
    public async Task Another_gateways_topic_is_not_authorized()
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        string foreign = $"sc/1/{Guid.NewGuid()}/steps";
        ToolResult published = await PublishAsync(gateway, "mqttv5", foreign, gateway.Step("foreign"));
        published.Errors.ShouldContain("Not authorized", Case.Insensitive, published.ToString());
        ToolResult subscribed = await Tool.MosquittoSub.RunAsync([.. Who(gateway, "-sub", "mqttv5"), "-t", foreign, "-E", "-W", "60"]);
        subscribed.ToString().ShouldContain("denied", Case.Insensitive);
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bad_token_is_refused()
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        ToolResult result = await PublishAsync(gateway with { AccessToken = "not a token" }, "mqttv5", gateway.Topic("steps"), gateway.Step("x"));
        result.ExitCode.ShouldNotBe(0);
        result.ToString().ShouldContain("Bad user name or password", Case.Insensitive);
    }

    private async Task<ToolResult> PublishAsync(ReadyGateway gateway, string version, string topic, JsonObject payload) =>
        await Tool.MosquittoPub.RunAsync([.. Who(gateway, "", version), "-q", "1", "-t", topic, "-s"], payload.ToJsonString());

    private string[] Who(ReadyGateway gateway, string suffix, string version) =>
        ["-h", "127.0.0.1", "-p", $"{server.MqttPort}", "-V", version, "-i", $"{gateway.Id}{suffix}", "-u", $"{gateway.Id}", "-P", gateway.AccessToken];

    /// <summary>Without it a session of version 5 ends with its connection.</summary>
    private static string[] Expiry(string version) => version == "mqttv5" ? ["-x", "600"] : [];
}
