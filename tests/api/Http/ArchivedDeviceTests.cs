using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>A device in the archive is out of use: it makes no room in the plan and takes none.</summary>
[Collection(ApiTests.Name)]
public sealed class ArchivedDeviceTests(ApiServer server)
{
    [Fact]
    public async Task What_it_made_before_is_taken_and_what_it_makes_after_is_kept_in_quarantine_until_it_is_brought_back()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(device);
        ApiClient owner = await server.OwnerAsync();
        await owner.PostAsync($"/api/v1/devices/{device}/archive", """{"reason":"Sold."}""").ShouldAnswerAsync(200);

        JsonObject late = TestGateway.Step(device, TimeSpan.FromHours(5));
        await gateway.SendAsync(late).ShouldAnswerAsync(200);
        JsonObject after = StepAfter(device);
        await Eventually.HoldsAsync(
            async () => (int)(await gateway.SendAsync(after = StepAfter(device))).StatusCode == 422, "the gateway's actor hears of it");
        (await gateway.CountStoredAsync(after)).ShouldBe(0);
        (await gateway.FindQuarantinedAsync()).Codes.ShouldBe(["device_archived"]);

        await owner.PostAsync($"/api/v1/devices/{device}/restore", "").ShouldAnswerAsync(200);
        await Eventually.HoldsAsync(async () => (int)(await gateway.SendAsync(after)).StatusCode == 200, "the gateway's actor hears of it");
        (await gateway.CountStoredAsync(after)).ShouldBe(1);
    }

    [Fact]
    public async Task An_announcement_does_not_bring_it_back_nor_change_it()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient owner = await server.OwnerAsync();
        string before = (await owner.PostAsync($"/api/v1/devices/{device}/archive", """{"reason":"Sold."}""").ShouldAnswerAsync(200)).ToJsonString();

        JsonObject announcement = TestGateway.Announcement(device);
        announcement["label"] = "Another one";
        JsonNode refused = await gateway.AnnounceAsync(announcement).ShouldBeProblemAsync(422, "uplink_refused");

        ((string?)refused["results"]![0]!["code"]).ShouldBe("device_archived");
        (await owner.GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200)).ToJsonString().ShouldBe(before);
    }

    /// <summary>Made a moment after now.</summary>
    private static JsonObject StepAfter(DeviceId device) => TestGateway.Step(device, TimeSpan.FromMinutes(-10));
}
