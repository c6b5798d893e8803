using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Http;

[Collection(ApiTests.Name)]
public sealed class AnnouncementTests(ApiServer server)
{
    [Theory]
    [InlineData("Asiga MAX UV385", "Asiga MAX UV385", "resin_printer")]
    [InlineData("asiga_max_uv385 v2", "Asiga MAX UV385", "resin_printer")]
    [InlineData("EMAG Emmi-30HC", "EMAG Emmi-30 HC", "ultrasonic_washer")]
    [InlineData(" Shelly Plug S Gen3 ", "Shelly Plug S", "energy_meter")]
    [InlineData("A furnace of a maker nobody knows", "default", "other")]
    [InlineData("*", "default", "other")]
    public async Task A_device_is_matched_to_the_catalogue_by_what_it_tells(string told, string model, string kind)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = DeviceId.New(TimeProvider.System);
        JsonObject announcement = TestGateway.Announcement(device, model: told);
        announcement["serial"] = "A-17";
        announcement["network_address"] = "192.168.0.17";
        JsonNode result = (await gateway.AnnounceAsync(announcement).ShouldAnswerAsync(200))["results"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)result["outcome"], (string?)result["model"], (string?)result["id"]).ShouldBe(("known", model, device.ToString()));

        JsonNode seen = await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
        ((string?)seen["model"], (string?)seen["kind"], (string?)seen["announced_model"]).ShouldBe((model, kind, told));
        ((string?)seen["gateway"], (string?)seen["site"]).ShouldBe((gateway.Id.ToString(), server.Own.Site.ToString()));
        ((string?)seen["source"], (string?)seen["interface"]).ShouldBe(($"printer-{device}", "http"));
        ((string?)seen["label"], (string?)seen["serial"], (string?)seen["network_address"]).ShouldBe(("Printer by the window", "A-17", "192.168.0.17"));
    }

    [Fact]
    public async Task A_device_that_is_announced_again_is_the_same_device_with_its_new_words()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject again = TestGateway.Announcement(device, model: "NETIO PowerCable 101");
        again["label"] = "Plug";
        await gateway.AnnounceAsync(again).ShouldAnswerAsync(200);

        JsonNode seen = await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
        ((string?)seen["model"], (string?)seen["label"]).ShouldBe(("NETIO PowerCable", "Plug"));
    }

    [Fact]
    public async Task A_source_belongs_to_one_device_of_a_site()
    {
        TestGateway gateway = await server.AddGatewayAsync(), sameSite = await server.AddGatewayAsync();
        DeviceId device = DeviceId.New(TimeProvider.System);
        string source = $"source-{device}";
        await gateway.AnnounceAsync(TestGateway.Announcement(device, source)).ShouldAnswerAsync(200);

        await ShouldRefuseAsync(sameSite, TestGateway.Announcement(DeviceId.New(TimeProvider.System), source), "device_source_taken");
        // A gateway that takes the place of another one goes on with its devices.
        await sameSite.AnnounceAsync(TestGateway.Announcement(device, source)).ShouldAnswerAsync(200);
        await (await server.AddGatewayAsync(server.Other)).AnnounceAsync(TestGateway.Announcement(DeviceId.New(TimeProvider.System), source))
            .ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_device_of_another_site_cannot_be_taken_away()
    {
        DeviceId device = await (await server.AddGatewayAsync()).AddDeviceAsync();
        TestGateway thief = await server.AddGatewayAsync(server.Other);
        await ShouldRefuseAsync(thief, TestGateway.Announcement(device, "mine"), "foreign_device");
        await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("device", "null", "wrong_type")]
    [InlineData("device", "\"x\"", "wrong_type")]
    [InlineData("device", "\"00000000-0000-0000-0000-000000000000\"", "value_out_of_range")]
    [InlineData("source", "\"\"", "missing_field")]
    [InlineData("model", "17", "wrong_type")]
    [InlineData("label", "\"a\\u0000b\"", "forbidden_character")]
    [InlineData("colour", "\"red\"", "unknown_field")]
    public async Task What_is_wrong_in_an_announcement_has_its_code(string field, string json, string code)
    {
        JsonObject announcement = TestGateway.Announcement(DeviceId.New(TimeProvider.System));
        announcement[field] = JsonNode.Parse(json);
        await ShouldRefuseAsync(await server.AddGatewayAsync(), announcement, code);
    }

    [Fact]
    public async Task One_wrong_announcement_does_not_harm_the_others()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId first = DeviceId.New(TimeProvider.System), second = DeviceId.New(TimeProvider.System);
        JsonArray message = [TestGateway.Announcement(first), new JsonObject(), TestGateway.Announcement(second)];
        JsonObject problem = await gateway.AnnounceAsync(message).ShouldBeProblemAsync(422, "uplink_refused");

        problem["results"]!.AsArray().Select(result => (string)result!["outcome"]!).ShouldBe(["known", "refused", "known"]);
        foreach (DeviceId device in new[] { first, second })
            await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
    }

    private static async Task ShouldRefuseAsync(TestGateway gateway, JsonObject announcement, string code)
    {
        JsonObject problem = await gateway.AnnounceAsync(announcement).ShouldBeProblemAsync(422, "uplink_refused");
        JsonNode result = problem["results"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)result["outcome"], (string?)result["code"]).ShouldBe(("refused", code));
        ((string?)result["reason"]).ShouldNotBeNullOrWhiteSpace();

        Quarantined kept = await gateway.FindQuarantinedAsync();
        (kept.Source, kept.Topic).ShouldBe(("http", "/gateway/api/v1/devices"));
        kept.Payload.ShouldBe(announcement.Bytes());
        kept.Codes.ShouldBe([code]);
    }
}
