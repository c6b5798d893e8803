using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What belongs to another organization is not there: 404, never 403, and never in a list.</summary>
/// <remarks>Endpoint by endpoint: <see cref="Access.AccessTableTests"/>.</remarks>
[Collection(ApiTests.Name)]
public sealed class OtherOrganizationTests(ApiServer server)
{
    [Fact]
    public async Task Lists_hold_what_is_one_s_own_and_nothing_else()
    {
        TestGateway own = await server.AddGatewayAsync();
        TestGateway other = await server.AddGatewayAsync(server.Other);
        string ownDevice = (await own.AddDeviceAsync()).ToString(), otherDevice = (await other.AddDeviceAsync()).ToString();

        string[] devices = await ListAsync(await server.StrangerAsync(), "/api/v1/devices?limit=200");
        devices.ShouldContain(otherDevice);
        devices.ShouldNotContain(ownDevice);
        string[] sites = await ListAsync(await server.StrangerAsync(), "/api/v1/sites?limit=200");
        sites.ShouldContain(server.Other.Site.ToString());
        sites.ShouldNotContain(server.Own.Site.ToString());
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
