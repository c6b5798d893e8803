using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mqtt;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Live;

/// <summary>What a device is shown as follows from its gateway's presence, its telemetry, and its steps.</summary>
[Collection(ApiTests.Name)]
public sealed class DeviceStateTests(ApiServer server)
{
    private static readonly DateTimeOffset Started = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Offline_idle_running_error_and_idle_again_when_the_step_is_stored()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await using LiveReader stream = await LiveReader.OpenAsync(server, await server.OwnerAsync(), $"/api/v1/devices/{device}/live");
        State(await stream.NextAsync("state")).ShouldBe("offline");
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        State(await stream.NextAsync("state")).ShouldBe("idle");

        JsonObject element = TelemetryJson.Running(device, Guid.CreateVersion7(Started), Started);
        await gateway.ReportAsync(element).ShouldAnswerAsync(200);
        LiveMessage running = await stream.NextAsync("state");
        State(running).ShouldBe("running");
        JsonNode step = running.Data["step"]!;
        ((string?)step["id"], (string?)step["label"], (string?)step["job"], (double?)step["progress"]).ShouldBe(((string?)element["step"], "Tray 7", "K-2471", 0.25));
        ((long?)step["layer"], (long?)step["layers"], (double?)step["remaining_s"]).ShouldBe((120, 480, 900));
        (await StateOfAsync(device)).ToJsonString().ShouldBe(running.Data.ToJsonString());

        JsonObject error = TelemetryJson.Of(device, "error");
        error["message"] = "No resin.";
        await gateway.ReportAsync(error).ShouldAnswerAsync(200);
        LiveMessage failed = await stream.NextAsync("state");
        (State(failed), (string?)failed.Data["message"]).ShouldBe(("error", "No resin."));

        JsonObject again = TelemetryJson.Running(device, Guid.CreateVersion7(Started), Started);
        await gateway.ReportAsync(again).ShouldAnswerAsync(200);
        State(await stream.NextAsync("state")).ShouldBe("running");
        await gateway.SendAsync(TelemetryJson.Finished(again)).ShouldAnswerAsync(200);
        State(await stream.NextAsync("state")).ShouldBe("idle");
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("idle");
    }

    [Fact]
    public async Task A_running_device_of_which_nothing_is_heard_is_idle_after_a_while()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        await gateway.ReportAsync(TelemetryJson.Running(device, Guid.CreateVersion7(Started), Started)).ShouldAnswerAsync(200);
        await Eventually.HoldsAsync(async () => (string?)(await StateOfAsync(device))["state"] == "running", "it runs");
        await server.Database.ExecuteAsync("UPDATE device_state SET at = now() - interval '5 minutes' WHERE device_id = $1", device.Value);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("idle");
    }

    [Fact]
    public async Task A_gateway_that_only_speaks_HTTP_is_there_as_long_as_it_is_heard()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("offline");
        await gateway.ReportAsync(TelemetryJson.Of(device, "idle")).ShouldAnswerAsync(200);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("idle");
        await server.Database.ExecuteAsync("UPDATE device_state SET at = now() - interval '5 minutes' WHERE device_id = $1", device.Value);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("offline");
    }

    [Fact]
    public async Task Telemetry_that_comes_late_does_not_change_what_newer_telemetry_said()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await gateway.ReportAsync(TelemetryJson.Of(device, "error", now)).ShouldAnswerAsync(200);
        await gateway.ReportAsync(TelemetryJson.Of(device, "idle", now.AddMinutes(-3))).ShouldAnswerAsync(200);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("error");
        await gateway.ReportAsync(new JsonArray(TelemetryJson.Of(device, "idle", now.AddSeconds(2)), TelemetryJson.Of(device, "error", now.AddSeconds(1)))).ShouldAnswerAsync(200);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("idle");
    }

    [Fact]
    public async Task A_clock_that_was_ahead_and_is_set_does_not_hold_the_state_for_ever()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await gateway.ReportAsync(TelemetryJson.Of(device, "error", now.AddHours(2))).ShouldAnswerAsync(200);
        await gateway.ReportAsync(TelemetryJson.Of(device, "idle", now)).ShouldAnswerAsync(200);
        ((string?)(await StateOfAsync(device))["state"]).ShouldBe("idle");
    }

    [Fact]
    public async Task A_gateway_whose_socket_dies_silently_is_known_to_be_offline_within_one_and_a_half_keep_alives()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await using LiveReader stream = await LiveReader.OpenAsync(server, await server.OwnerAsync(), $"/api/v1/devices/{device}/live");
        // A socket that stays open and says nothing after its CONNECT, as one whose machine has lost its power.
        using TcpClient silent = new();
        await silent.ConnectAsync("127.0.0.1", server.MqttPort);
        Stopwatch watch = Stopwatch.StartNew();
        await silent.GetStream().WriteAsync(Connect(gateway));
        await stream.NextAsync(message => message.Event == "state" && State(message) == "idle");
        await stream.NextAsync(message => message.Event == "state" && State(message) == "offline");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1.5 + 1));
        JsonNode status = await (await server.OwnerAsync()).GetAsync($"/api/v1/gateways/{gateway.Id}/status").ShouldAnswerAsync(200);
        ((bool)status["online"]!, (string?)status["protocol"]).ShouldBe((false, "MQTT 3.1.1"));
    }

    [Fact]
    public async Task A_sites_states_are_those_of_its_devices()
    {
        Shop shop = await server.AddShopAsync("States");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId quiet = await gateway.AddDeviceAsync(), failing = await gateway.AddDeviceAsync();
        await gateway.ReportAsync(TelemetryJson.Of(failing, "error")).ShouldAnswerAsync(200);
        JsonNode states = await (await server.UserAsync(shop.OwnerEmail)).GetAsync($"/api/v1/sites/{shop.Site}/states").ShouldAnswerAsync(200);
        states["items"]!.AsArray().ToDictionary(state => (string)state!["device"]!, state => (string)state!["state"]!).ShouldBe(
            new Dictionary<string, string> { [quiet.ToString()] = "offline", [failing.ToString()] = "error" }, ignoreOrder: true);
    }

    /// <summary>MQTT 3.1.1 with a Keep Alive of one second.</summary>
    private static byte[] Connect(TestGateway gateway)
    {
        byte[] id = Encoding.UTF8.GetBytes(gateway.Id.ToString()), token = Encoding.UTF8.GetBytes(gateway.Tokens.AccessToken);
        byte[] body = [0, 4, .. "MQTT"u8, 4, 0b1100_0010, 0, 1, 0, (byte)id.Length, .. id, 0, (byte)id.Length, .. id, (byte)(token.Length >> 8), (byte)token.Length, .. token];
        return [0x10, (byte)((body.Length % 128) | 0x80), (byte)(body.Length / 128), .. body];
    }

    private static string State(LiveMessage message) => (string)message.Data["state"]!;

    private async Task<JsonNode> StateOfAsync(DeviceId device) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}/state").ShouldAnswerAsync(200);
}
