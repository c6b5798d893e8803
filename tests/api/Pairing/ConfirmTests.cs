using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>Who may pair what, and how often somebody may guess.</summary>
[Collection(ApiTests.Name)]
public sealed class ConfirmTests(ApiServer server) : IDisposable
{
    private const string LookupPath = "/api/v1/pairing/lookup";
    private const string ConfirmPath = "/api/v1/pairing/confirm";

    private readonly PairingPeer _peer = new(server);

    public void Dispose() => _peer.Dispose();

    [Theory]
    [InlineData("technician", true)]
    [InlineData("viewer", false)]
    [InlineData("auditor", false)]
    public async Task Owners_and_technicians_may(string role, bool may)
    {
        ApiClient user = _peer.As(await server.UserAsync(await server.AddUserAsync(role)));
        Codes codes = await _peer.StartAsync();
        if (may)
        {
            await user.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
            await user.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
            return;
        }

        await user.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync("/api/v1/pairing/deny", PairingPeer.Code(codes.UserCode)).ShouldBeProblemAsync(403, "not_allowed");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("authorization_pending");
    }

    [Theory]
    [InlineData("user_code", "\"\"", "/user_code")]
    [InlineData("user_code", "5", "/user_code")]
    [InlineData("name", "\" \"", "/name")]
    [InlineData("name", "\"a\\u0000b\"", "/name")]
    [InlineData("site", "\"x\"", "/site")]
    [InlineData("colour", "1", "/colour")]
    public async Task What_is_wrong_is_told_by_its_place(string field, string json, string pointer)
    {
        JsonObject request = PairingPeer.Confirmation((await _peer.StartAsync()).UserCode, server.Own.Site);
        request[field] = JsonNode.Parse(json);
        await _peer.As(await server.OwnerAsync()).PostAsync(ConfirmPath, request).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task A_gateway_cannot_be_confirmed_onto_a_foreign_site_and_waits_on()
    {
        Codes codes = await _peer.StartAsync();
        ApiClient owner = _peer.As(await server.OwnerAsync());
        await owner.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Other.Site)).ShouldBeProblemAsync(404, "not_found");
        await owner.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, SiteId.New(TimeProvider.System))).ShouldBeProblemAsync(404, "not_found");
        await owner.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Paired_again_a_gateway_keeps_its_id_and_its_history_and_its_old_tokens_end()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject step = await gateway.AddStepAsync(device);
        Codes codes = await _peer.StartAsync(gateway.Id);
        ApiClient owner = _peer.As(await server.OwnerAsync());

        JsonNode shown = await owner.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
        ((string?)shown["known"]!["name"]).ShouldBe("Gateway at the window");
        await owner.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site, "New box")).ShouldAnswerAsync(200);
        await gateway.AnnounceAsync(TestGateway.Announcement(device)).ShouldAnswerAsync(200);
        JsonNode tokens = await _peer.PollAsync(codes).ShouldAnswerAsync(200);

        ((string?)tokens["gateway"]!["id"], (string?)tokens["gateway"]!["name"]).ShouldBe((gateway.Id.ToString(), "New box"));
        await gateway.AnnounceAsync(TestGateway.Announcement(device)).ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.With((string)tokens["access_token"]!).PostAsync("/gateway/api/v1/steps", TestGateway.Step(device)).ShouldAnswerAsync(200);
        await owner.GetAsync($"/api/v1/steps/{step["id"]}").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_gateway_of_another_organization_is_refused_and_its_side_learns_nothing()
    {
        TestGateway foreign = await server.AddGatewayAsync(server.Other);
        Codes codes = await _peer.StartAsync(foreign.Id);
        ApiClient owner = _peer.As(await server.OwnerAsync());

        JsonNode shown = await owner.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
        shown["known"].ShouldBeNull();
        await owner.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldBeProblemAsync(409, "id_taken");
        await _peer.PollAsync(codes).ShouldBeOAuthErrorAsync("access_denied");
        await foreign.AnnounceAsync(TestGateway.Announcement(DeviceId.New(TimeProvider.System))).ShouldAnswerAsync(200);
        (await server.Database.ScalarAsync<Guid>("SELECT organization_id FROM gateway WHERE id = $1", foreign.Id.Value)).ShouldBe(server.Other.Organization.Value);
    }

    [Fact]
    public async Task After_five_wrong_codes_a_user_waits_and_nobody_else_does()
    {
        string email = await server.AddUserAsync();
        ApiClient user = _peer.As(await server.UserAsync(email));
        Codes codes = await _peer.StartAsync();
        for (int i = 0; i < 5; i++) await user.PostAsync(LookupPath, PairingPeer.Code("BBBB-BBBB")).ShouldBeProblemAsync(404, "unknown_pairing_code");

        HttpResponseMessage refused = await user.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode));
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(500, 600);
        await Task.FromResult(refused).ShouldBeProblemAsync(429, "too_many_attempts");
        await user.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldBeProblemAsync(429, "too_many_attempts");
        await user.PostAsync("/api/v1/pairing/deny", PairingPeer.Code(codes.UserCode)).ShouldBeProblemAsync(429, "too_many_attempts");

        using PairingPeer elsewhere = new(server);
        await elsewhere.As(user).PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
        await _peer.As(await server.OwnerAsync()).PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);

        await server.Database.ExecuteAsync(
            "UPDATE pairing_failure SET at = at - interval '10 minutes' WHERE user_id = (SELECT id FROM app_user WHERE email = $1)", email);
        await user.PostAsync(LookupPath, PairingPeer.Code(codes.UserCode)).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Many_guesses_at_once_are_five_guesses()
    {
        ApiClient user = _peer.As(await server.UserAsync(await server.AddUserAsync()));
        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => user.PostAsync(LookupPath, PairingPeer.Code("BBBB-BBBB"))));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.NotFound).ShouldBe(5);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ShouldBe(7);
    }

    [Fact]
    public async Task Of_two_who_confirm_one_code_at_once_one_does()
    {
        Codes codes = await _peer.StartAsync();
        ApiClient own = _peer.As(await server.OwnerAsync()), other = _peer.As(await server.StrangerAsync());
        HttpResponseMessage[] answers = await Task.WhenAll(
            own.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Own.Site)),
            other.PostAsync(ConfirmPath, PairingPeer.Confirmation(codes.UserCode, server.Other.Site)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, 404]);
    }
}
