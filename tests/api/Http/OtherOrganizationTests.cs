using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What belongs to another organization is not there: 404, never 403, and never in a list.</summary>
[Collection(ApiTests.Name)]
public sealed class OtherOrganizationTests(ApiServer server)
{
    [Theory]
    [InlineData("/api/v1/devices/{device}")]
    [InlineData("/api/v1/devices/{device}/steps")]
    [InlineData("/api/v1/devices/{device}/steps/last")]
    [InlineData("/api/v1/steps/{step}")]
    [InlineData("/api/v1/gateways/{gateway}")]
    public async Task A_stranger_gets_the_answer_to_an_id_that_nobody_has(string path)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject step = await gateway.AddStepAsync(device);
        string real = path.Replace("{device}", device.ToString()).Replace("{step}", (string)step["id"]!)
            .Replace("{gateway}", gateway.Id.ToString());
        string unknown = path.Replace("{device}", Guid.CreateVersion7().ToString()).Replace("{step}", Guid.CreateVersion7().ToString())
            .Replace("{gateway}", Guid.CreateVersion7().ToString());
        ApiClient stranger = await server.StrangerAsync();

        await (await server.OwnerAsync()).GetAsync(real).ShouldAnswerAsync(200);
        JsonObject problem = await stranger.GetAsync(real).ShouldBeProblemAsync(404, "not_found");
        JsonObject ofUnknown = await stranger.GetAsync(unknown).ShouldBeProblemAsync(404, "not_found");
        problem.ToJsonString().ShouldBe(ofUnknown.ToJsonString());
    }

    /// <summary>So that an endpoint that comes later cannot be forgotten above.</summary>
    [Fact]
    public void No_route_of_users_with_an_id_is_missing_in_these_tests() =>
        Route.Of(server).Where(route => route.Policy == "user" && route.Path.Contains('{')).Select(route => $"{route.Method} {route.Path}").ShouldBe(
            [
                "GET /api/v1/devices/{id}", "GET /api/v1/devices/{id}/steps", "GET /api/v1/devices/{id}/steps/last", "GET /api/v1/steps/{id}",
                // Of these, Members/MemberTests has the like.
                "GET /api/v1/members/{id}", "PATCH /api/v1/members/{id}", "POST /api/v1/members/{id}/disable", "POST /api/v1/members/{id}/enable",
                // Of this one, AccessKeys/AccessKeyTests.
                "POST /api/v1/access-keys/{id}/disable",
                // Of this one, Users/InvitationTests has the like.
                "POST /api/v1/invitations/{id}/withdraw",
                // Of these, Sessions/OwnSessionTests has the like.
                "DELETE /api/v1/me/sessions/{id}",
                "GET /api/v1/gateways/{id}",
                // Of these, GatewayCommands/CommandTests has the like.
                "POST /api/v1/gateways/{id}/commands", "GET /api/v1/gateways/{id}/commands", "GET /api/v1/gateways/{id}/commands/{command}",
                // Of these, Pairing/GatewayChangeTests.
                "POST /api/v1/gateways/{id}/transfer", "POST /api/v1/gateways/{id}/unpair", "POST /api/v1/gateways/{id}/provisioning-secret",
            ],
            ignoreOrder: true);

    [Fact]
    public async Task Lists_hold_what_is_one_s_own_and_nothing_else()
    {
        TestGateway own = await server.AddGatewayAsync();
        TestGateway other = await server.AddGatewayAsync(server.Other);
        string ownDevice = (await own.AddDeviceAsync()).ToString(), otherDevice = (await other.AddDeviceAsync()).ToString();

        string[] devices = await ListAsync(await server.StrangerAsync(), "/api/v1/devices?limit=200");
        devices.ShouldContain(otherDevice);
        devices.ShouldNotContain(ownDevice);
        (await ListAsync(await server.StrangerAsync(), "/api/v1/sites")).ShouldBe([server.Other.Site.ToString()]);
    }

    [Fact]
    public async Task A_step_of_ones_own_cannot_be_used_to_page_through_a_foreign_device()
    {
        TestGateway own = await server.AddGatewayAsync();
        DeviceId device = await own.AddDeviceAsync();
        JsonObject step = await own.AddStepAsync(device);
        await (await server.StrangerAsync()).GetAsync($"/api/v1/devices/{device}/steps?before={step["id"]}").ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_gateway_cannot_be_put_on_a_foreign_site()
    {
        ApiClient owner = await server.OwnerAsync();
        await owner.PostAsync("/api/v1/gateways", new JsonObject { ["site"] = server.Other.Site.ToString(), ["name"] = "Spy" })
            .ShouldBeProblemAsync(404, "not_found");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM gateway WHERE name = 'Spy'")).ShouldBe(0);
    }

    private static async Task<string[]> ListAsync(ApiClient user, string path) =>
        [.. (await user.GetAsync(path).ShouldAnswerAsync(200))["items"]!.AsArray().Select(item => (string)item!["id"]!)];
}
