using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>The secret that a user carries to a gateway.</summary>
[Collection(ApiTests.Name)]
public sealed class ProvisioningTests(ApiServer server)
{
    private const string ProvisionPath = "/gateway/api/v1/provision";

    [Fact]
    public async Task A_secret_brings_the_gateway_its_tokens_once_and_ends_the_earlier_ones()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonNode made = await MakeAsync(gateway).ShouldAnswerAsync(200);
        string secret = (string)made["secret"]!;
        secret.Length.ShouldBe(43);
        ((DateTimeOffset)made["expires_at"]! - DateTimeOffset.UtcNow).TotalDays.ShouldBeInRange(6.99, 7);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        (await server.Database.ScalarAsync<string>("SELECT s::text FROM provisioning_secret AS s WHERE hash = $1", hash)).ShouldNotContain(secret);

        JsonNode tokens = await ProvisionAsync(secret).ShouldAnswerAsync(200);
        ((string?)tokens["gateway"]!["id"]).ShouldBe(gateway.Id.ToString());
        await server.With((string)tokens["access_token"]!).PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
        await gateway.Api.PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(401, "invalid_token");
        await ProvisionAsync(secret).ShouldBeProblemAsync(401, "invalid_provisioning_secret");
    }

    [Fact]
    public async Task Of_many_who_bring_one_secret_at_once_one_gets_tokens()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string secret = (string)(await MakeAsync(gateway).ShouldAnswerAsync(200))["secret"]!;
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ProvisionAsync(secret)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, .. Enumerable.Repeat(401, 7)]);
    }

    [Fact]
    public async Task A_new_secret_takes_the_old_one_s_place_and_an_expired_one_is_none()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string first = (string)(await MakeAsync(gateway).ShouldAnswerAsync(200))["secret"]!;
        string second = (string)(await MakeAsync(gateway).ShouldAnswerAsync(200))["secret"]!;
        await ProvisionAsync(first).ShouldBeProblemAsync(401, "invalid_provisioning_secret");
        await server.Database.ExecuteAsync("UPDATE provisioning_secret SET expires_at = now() WHERE gateway_id = $1", gateway.Id.Value);
        await ProvisionAsync(second).ShouldBeProblemAsync(401, "invalid_provisioning_secret");
        await gateway.Api.PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
    }

    [Fact]
    public async Task A_gateway_that_was_un_paired_comes_back_by_a_new_secret_and_not_by_an_old_one()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string old = (string)(await MakeAsync(gateway).ShouldAnswerAsync(200))["secret"]!;
        await (await server.OwnerAsync()).PostAsync($"/api/v1/gateways/{gateway.Id}/unpair", "").ShouldAnswerAsync(204);
        await ProvisionAsync(old).ShouldBeProblemAsync(401, "invalid_provisioning_secret");

        string secret = (string)(await MakeAsync(gateway).ShouldAnswerAsync(200))["secret"]!;
        JsonNode tokens = await ProvisionAsync(secret).ShouldAnswerAsync(200);
        await server.With((string)tokens["access_token"]!).PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
        JsonNode shown = await (await server.OwnerAsync()).GetAsync($"/api/v1/gateways/{gateway.Id}").ShouldAnswerAsync(200);
        shown["unpaired_at"].ShouldBeNull();
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"secret":null}""", "/secret")]
    [InlineData("""{"secret":5}""", "/secret")]
    public async Task A_request_that_is_not_as_it_must_be_is_told_where(string body, string pointer) =>
        await server.Anonymous.PostAsync(ProvisionPath, body).ShouldPointToAsync(pointer);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\0")]
    public async Task What_is_no_secret_is_refused(string secret) =>
        await ProvisionAsync(secret).ShouldBeProblemAsync(401, "invalid_provisioning_secret");

    private async Task<HttpResponseMessage> MakeAsync(TestGateway gateway) =>
        await (await server.OwnerAsync()).PostAsync($"/api/v1/gateways/{gateway.Id}/provisioning-secret", "");

    private Task<HttpResponseMessage> ProvisionAsync(string secret) =>
        server.Anonymous.PostAsync(ProvisionPath, new JsonObject { ["secret"] = secret });
}
