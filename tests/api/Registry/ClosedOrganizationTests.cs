using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>An organization in the archive: nobody of it comes in, and nothing of it is lost.</summary>
[Collection(ApiTests.Name)]
public sealed class ClosedOrganizationTests(ApiServer server)
{
    [Fact]
    public async Task Nobody_of_it_comes_in_until_it_is_restored()
    {
        Shop shop = await server.AddShopAsync("Closed");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId device = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(device);
        Http.Tokens owner = await server.Anonymous.SignInAsync(shop.OwnerEmail);
        ApiClient administrator = await server.AdministratorAsync();
        string path = $"/admin/api/v1/organizations/{shop.Organization}";

        await administrator.PostAsync($"{path}/archive", """{"reason":"It has not paid."}""").ShouldAnswerAsync(200);
        await server.With(owner.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(owner.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.Anonymous.TrySignInAsync(shop.OwnerEmail, Seeds.Password).ShouldBeProblemAsync(401, "wrong_credentials");
        await gateway.SendAsync(TestGateway.Step(device)).ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");

        await administrator.PostAsync($"{path}/restore", "").ShouldAnswerAsync(200);
        JsonNode tokens = await server.Anonymous.TrySignInAsync(shop.OwnerEmail, Seeds.Password).ShouldAnswerAsync(200);
        JsonNode steps = await server.With((string)tokens["access_token"]!).GetAsync($"/api/v1/devices/{device}/steps").ShouldAnswerAsync(200);
        steps["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_site_with_gateways_is_not_archived_and_an_archived_gateway_is_out_at_once()
    {
        Shop shop = await server.AddShopAsync("Moving");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        ApiClient owner = await server.UserAsync(shop.OwnerEmail);
        await owner.PostAsync($"/api/v1/sites/{shop.Site}/archive", """{"reason":"We moved."}""").ShouldBeProblemAsync(409, "site_in_use");
        JsonNode archived = await owner.PostAsync($"/api/v1/gateways/{gateway.Id}/archive", """{"reason":"It fell into the water."}""").ShouldAnswerAsync(200);
        archived["unpaired_at"].ShouldNotBeNull();
        await gateway.AnnounceAsync(new JsonArray()).ShouldBeProblemAsync(401, "invalid_token");
        await owner.PostAsync($"/api/v1/sites/{shop.Site}/archive", """{"reason":"We moved."}""").ShouldAnswerAsync(200);
        await owner.PostAsync("/api/v1/gateways", new JsonObject { ["site"] = shop.Site.ToString(), ["name"] = "Late" }).ShouldBeProblemAsync(404, "not_found");
    }
}
