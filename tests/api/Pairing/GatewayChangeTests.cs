using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mqtt;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>Gateways that are looked at, moved and parted with.</summary>
[Collection(ApiTests.Name)]
public sealed class GatewayChangeTests(ApiServer server)
{
    [Fact]
    public async Task A_gateway_that_is_moved_leaves_its_devices_behind_and_announces_new_ones()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId left = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(left);
        SiteId site = await AddSiteAsync();
        ApiClient owner = await server.OwnerAsync();

        JsonNode moved = await TransferAsync(owner, gateway.Id, site).ShouldAnswerAsync(200);
        ((string?)moved["site"]).ShouldBe(site.ToString());

        // The actor had the old site's devices at hand: it must have let go of them.
        JsonObject refused = await gateway.SendAsync(TestGateway.Step(left)).ShouldBeProblemAsync(422, "uplink_refused");
        ((string?)refused["results"]![0]!["code"]).ShouldBe("foreign_device");
        await gateway.AnnounceAsync(TestGateway.Announcement(left)).ShouldBeProblemAsync(422, "uplink_refused");
        DeviceId found = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(found);

        (await SiteOfAsync(owner, left), await SiteOfAsync(owner, found)).ShouldBe((server.Own.Site.ToString(), site.ToString()));
        JsonNode steps = await owner.GetAsync($"/api/v1/devices/{left}/steps").ShouldAnswerAsync(200);
        steps["items"]!.AsArray().Count.ShouldBe(1);
        JsonNode shown = await owner.GetAsync($"/api/v1/gateways/{gateway.Id}").ShouldAnswerAsync(200);
        ((string?)shown["site"], (string?)shown["site_name"]).ShouldBe((site.ToString(), "Second workshop"));
    }

    [Fact]
    public async Task A_gateway_cannot_be_moved_to_a_foreign_site()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        await TransferAsync(owner, gateway.Id, server.Other.Site).ShouldBeProblemAsync(404, "not_found");
        JsonNode shown = await owner.GetAsync($"/api/v1/gateways/{gateway.Id}").ShouldAnswerAsync(200);
        ((string?)shown["site"]).ShouldBe(server.Own.Site.ToString());
        await owner.PostAsync($"/api/v1/gateways/{gateway.Id}/transfer", """{"site":"x"}""").ShouldPointToAsync("/site");
    }

    [Fact]
    public async Task An_un_paired_gateway_is_out_at_once_and_back_when_it_is_paired_again()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        await gateway.AddDeviceAsync();
        string path = $"/api/v1/gateways/{gateway.Id}";

        await owner.PostAsync($"{path}/unpair", "").ShouldAnswerAsync(204);
        await gateway.Api.PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        (await owner.GetAsync(path).ShouldAnswerAsync(200))["unpaired_at"].ShouldNotBeNull();
        await owner.PostAsync($"{path}/unpair", "").ShouldAnswerAsync(204);
        (await server.Database.ScalarAsync<string>("SELECT end_reason FROM session WHERE holder_id = $1", gateway.Id.Value)).ShouldBe("unpaired");

        using PairingPeer peer = new(server);
        Codes codes = await peer.StartAsync(gateway.Id);
        await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
        JsonNode tokens = await peer.PollAsync(codes).ShouldAnswerAsync(200);
        await server.With((string)tokens["access_token"]!).PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
        (await owner.GetAsync(path).ShouldAnswerAsync(200))["unpaired_at"].ShouldBeNull();
    }

    [Fact]
    public async Task Un_pairing_ends_a_pairing_that_was_confirmed_and_not_yet_collected()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        using PairingPeer peer = new(server);
        Codes codes = await peer.StartAsync(gateway.Id);
        await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
        await owner.PostAsync($"/api/v1/gateways/{gateway.Id}/unpair", "").ShouldAnswerAsync(204);
        await peer.PollAsync(codes).ShouldBeOAuthErrorAsync("access_denied");
    }

    [Fact]
    public async Task A_gateway_is_online_while_it_is_connected_and_un_pairing_ends_the_connection()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        await using GatewayMqtt connected = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        await Eventually.HoldsAsync(async () => (bool)(await ShowAsync(owner, gateway))["online"]!, "the gateway is shown online");
        ((string?)(await ShowAsync(owner, gateway))["protocol"]).ShouldBe("MQTT 5.0");

        await owner.PostAsync($"/api/v1/gateways/{gateway.Id}/unpair", "").ShouldAnswerAsync(204);
        (await connected.Client.Closed.WaitAsync(GatewayMqtt.Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        await Eventually.HoldsAsync(async () => !(bool)(await ShowAsync(owner, gateway))["online"]!, "the gateway is shown offline");
    }

    [Fact]
    public async Task A_gateway_that_was_shut_out_and_let_in_again_stays_connected()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await using GatewayMqtt before = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        await server.Database.ExecuteAsync("UPDATE gateway SET revoked_at = now() WHERE id = $1", gateway.Id.Value);
        (await before.Client.Closed.WaitAsync(GatewayMqtt.Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        await server.Database.ExecuteAsync("UPDATE gateway SET revoked_at = NULL WHERE id = $1", gateway.Id.Value);

        await using GatewayMqtt after = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        await Eventually.HoldsAsync(async () => (bool)(await ShowAsync(await server.OwnerAsync(), gateway))["online"]!, "the gateway is shown online");
        // As long as the close after the first connection took, and more.
        await Task.Delay(500);
        after.Client.Closed.IsCompleted.ShouldBeFalse("the session is open");
    }

    [Fact]
    public async Task An_archived_gateway_gets_no_provisioning_secret_until_it_is_restored()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        string path = $"/api/v1/gateways/{gateway.Id}";
        await owner.PostAsync($"{path}/archive", """{"reason":"Lost."}""").ShouldAnswerAsync(200);
        await owner.PostAsync($"{path}/provisioning-secret", "").ShouldBeProblemAsync(409, "archived");
        await owner.PostAsync($"{path}/restore", "").ShouldAnswerAsync(200);
        await owner.PostAsync($"{path}/provisioning-secret", "").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_holds_one_s_own_gateways_alone()
    {
        string[] added = [(await server.AddGatewayAsync(server.Other)).Id.ToString(), (await server.AddGatewayAsync(server.Other)).Id.ToString()];
        string own = (await server.AddGatewayAsync()).Id.ToString();
        List<string> listed = [];
        for (string? after = ""; after is not null;)
        {
            JsonNode page = await (await server.StrangerAsync()).GetAsync($"/api/v1/gateways?limit=1{after}").ShouldAnswerAsync(200);
            listed.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            after = page["next"] is { } next ? $"&after={next}" : null;
        }

        listed.ShouldBeUnique();
        added.ShouldBeSubsetOf(listed);
        listed.ShouldNotContain(own);
    }

    [Theory]
    [InlineData("transfer")]
    [InlineData("unpair")]
    [InlineData("provisioning-secret")]
    public async Task A_stranger_gets_the_answer_to_an_id_that_nobody_has_and_a_viewer_is_not_allowed(string change)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string body = new JsonObject { ["site"] = server.Other.Site.ToString() }.ToJsonString();
        ApiClient stranger = await server.StrangerAsync();
        JsonObject foreign = await stranger.PostAsync($"/api/v1/gateways/{gateway.Id}/{change}", body).ShouldBeProblemAsync(404, "not_found");
        JsonObject unknown = await stranger.PostAsync($"/api/v1/gateways/{Guid.CreateVersion7()}/{change}", body).ShouldBeProblemAsync(404, "not_found");
        foreign.ToJsonString().ShouldBe(unknown.ToJsonString());
        await stranger.PostAsync($"/api/v1/gateways/nonsense/{change}", body).ShouldBeProblemAsync(400, "invalid_request");

        ApiClient viewer = await server.UserAsync(await server.AddUserAsync("viewer"));
        await viewer.PostAsync($"/api/v1/gateways/{gateway.Id}/{change}", body).ShouldBeProblemAsync(403, "not_allowed");
        await gateway.Api.PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
    }

    private static Task<HttpResponseMessage> TransferAsync(ApiClient user, GatewayId gateway, SiteId site) =>
        user.PostAsync($"/api/v1/gateways/{gateway}/transfer", new JsonObject { ["site"] = site.ToString() });

    private static async Task<string> SiteOfAsync(ApiClient user, DeviceId device) =>
        (string)(await user.GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200))["site"]!;

    private static Task<JsonNode> ShowAsync(ApiClient user, TestGateway gateway) => user.GetAsync($"/api/v1/gateways/{gateway.Id}/status").ShouldAnswerAsync(200);

    private async Task<SiteId> AddSiteAsync()
    {
        SiteId site = SiteId.New(TimeProvider.System);
        await server.Database.ExecuteAsync(
            "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, 'Second workshop', now(), now())",
            site.Value, server.Own.Organization.Value);
        return site;
    }
}
