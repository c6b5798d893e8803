using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>What a plan has room for: told before it is reached, refused with a reason after.</summary>
[Collection(ApiTests.Name)]
public sealed class QuotaTests(ApiServer server)
{
    [Fact]
    public async Task A_gateway_beyond_the_plan_is_refused_by_every_way()
    {
        Shop shop = await OnTrialAsync();
        ApiClient owner = await server.UserAsync(shop.OwnerEmail);
        TestGateway first = await server.AddGatewayAsync(shop);
        (await UsageAsync(owner, "gateways")).ShouldBe((1, 2, "free"));
        await server.AddGatewayAsync(shop);
        (await UsageAsync(owner, "gateways")).ShouldBe((2, 2, "reached"));

        JsonObject body = new() { ["site"] = shop.Site.ToString(), ["name"] = "Third" };
        JsonObject refused = await owner.PostAsync("/api/v1/gateways", body).ShouldBeProblemAsync(403, "quota_reached");
        ((string?)refused["quota"]!["kind"], (long?)refused["quota"]!["used"], (long?)refused["quota"]!["max"]).ShouldBe(("gateways", 2, 2));
        await (await server.AdministratorAsync()).PostAsync("/admin/api/v1/gateways", body).ShouldBeProblemAsync(403, "quota_reached");

        await owner.PostAsync($"/api/v1/gateways/{first.Id}/archive", """{"reason":"It makes room."}""").ShouldAnswerAsync(200);
        await owner.PostAsync("/api/v1/gateways", body).ShouldAnswerAsync(201);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM gateway WHERE organization_id = $1", shop.Organization.Value)).ShouldBe(3);
    }

    [Fact]
    public async Task Of_those_who_come_at_once_for_the_last_place_one_gets_it()
    {
        Shop shop = await OnTrialAsync();
        await server.AddGatewayAsync(shop);
        ApiClient owner = await server.UserAsync(shop.OwnerEmail);
        JsonObject body = new() { ["site"] = shop.Site.ToString(), ["name"] = "Last" };
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => owner.PostAsync("/api/v1/gateways", body)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([201, 403, 403, 403, 403, 403]);
    }

    [Fact]
    public async Task A_device_beyond_the_plan_is_refused_with_a_reason_and_the_others_are_known()
    {
        Shop shop = await OnTrialAsync();
        TestGateway gateway = await server.AddGatewayAsync(shop);
        JsonArray devices = [.. Enumerable.Range(0, 12).Select(_ => TestGateway.Announcement(DeviceId.New(TimeProvider.System)))];
        JsonObject refused = await gateway.AnnounceAsync(devices).ShouldBeProblemAsync(422, "uplink_refused");
        JsonArray results = refused["results"]!.AsArray();
        results.Select(result => (string)result!["outcome"]!).ShouldBe([.. Enumerable.Repeat("known", 10), "refused", "refused"]);
        ((string?)results[11]!["code"], ((string?)results[11]!["reason"])!.Contains("10 devices")).ShouldBe(("quota_reached", true));
        (await UsageAsync(await server.UserAsync(shop.OwnerEmail), "devices")).ShouldBe((10, 10, "reached"));
        await gateway.AnnounceAsync(new JsonArray([.. devices.Take(10).Select(device => device!.DeepClone())])).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_step_beyond_the_plan_is_refused_and_kept_with_its_reason()
    {
        Shop shop = await OnTrialAsync();
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId device = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(device);
        await server.Database.ExecuteAsync("INSERT INTO steps_of_day (organization_id, day, steps) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 4999)"
            + " ON CONFLICT (organization_id, day) DO UPDATE SET steps = 4999 + steps_of_day.steps", shop.Organization.Value);
        await Eventually.HoldsAsync(
            async () => (int)(await gateway.SendAsync(TestGateway.Step(device))).StatusCode == 422, "what is known of a plan is some seconds old at most");
        JsonObject refused = await gateway.SendAsync(TestGateway.Step(device)).ShouldBeProblemAsync(422, "uplink_refused");
        ((string?)refused["results"]![0]!["code"]).ShouldBe("quota_reached");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM rejected_message WHERE gateway_id = $1", gateway.Id.Value)).ShouldBeGreaterThan(0);
        (await UsageAsync(await server.UserAsync(shop.OwnerEmail), "steps_per_day")).State.ShouldBe("reached");
    }

    [Fact]
    public async Task Another_plan_makes_room_at_once()
    {
        Shop shop = await OnTrialAsync();
        await server.AddGatewayAsync(shop);
        await server.AddGatewayAsync(shop);
        await (await server.AdministratorAsync()).PatchAsync($"/admin/api/v1/organizations/{shop.Organization}", new JsonObject { ["plan"] = "standard" }, "*").ShouldAnswerAsync(200);
        await server.AddGatewayAsync(shop);
        (await UsageAsync(await server.UserAsync(shop.OwnerEmail), "gateways")).ShouldBe((3, 20, "free"));
    }

    private async Task<Shop> OnTrialAsync()
    {
        Shop shop = await server.AddShopAsync("Trial");
        await (await server.AdministratorAsync()).PatchAsync(
            $"/admin/api/v1/{Entities.Organization.Path}/{shop.Organization}", new JsonObject { ["plan"] = "trial" }, "*").ShouldAnswerAsync(200);
        return shop;
    }

    private static async Task<(long Used, long? Max, string State)> UsageAsync(ApiClient user, string kind)
    {
        JsonNode usage = await user.GetAsync("/api/v1/organization/usage").ShouldAnswerAsync(200);
        JsonNode quota = usage["quotas"]!.AsArray().Single(quota => (string?)quota!["kind"] == kind)!;
        return ((long)quota["used"]!, (long?)quota["max"], (string)quota["state"]!);
    }
}
