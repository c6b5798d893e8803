using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Api.Http;

[Collection(ApiTests.Name)]
public sealed class RefreshTests(ApiServer server)
{
    [Fact]
    public async Task A_refresh_token_is_exchanged_for_new_tokens_that_work()
    {
        Tokens first = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        Tokens second = await RefreshAsync(first);

        second.RefreshToken.ShouldNotBe(first.RefreshToken);
        await server.With(second.AccessToken).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
        await RefreshAsync(second);
    }

    [Fact]
    public async Task A_repeat_of_the_last_exchange_gets_the_same_successor()
    {
        Tokens first = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        Tokens second = await RefreshAsync(first);
        Tokens repeated = await RefreshAsync(first);

        repeated.RefreshToken.ShouldBe(second.RefreshToken);
        await RefreshAsync(second);
    }

    [Fact]
    public async Task Repeats_at_the_same_moment_all_get_the_same_successor()
    {
        Tokens first = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        Tokens[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefreshAsync(first)));
        answers.Select(answer => answer.RefreshToken).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_older_token_that_comes_again_ends_the_session()
    {
        Tokens first = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        Tokens second = await RefreshAsync(first);
        Tokens third = await RefreshAsync(second);

        await server.Anonymous.TryRefreshAsync(first.RefreshToken).ShouldBeProblemAsync(401, "refresh_token_reused");

        await server.Anonymous.TryRefreshAsync(third.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.With(third.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task A_repeat_after_a_minute_ends_the_session()
    {
        Tokens first = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        Tokens second = await RefreshAsync(first);
        await server.Database.ExecuteAsync("UPDATE refresh_token SET used_at = used_at - interval '61 s' WHERE used_at IS NOT NULL");

        await server.Anonymous.TryRefreshAsync(first.RefreshToken).ShouldBeProblemAsync(401, "refresh_token_reused");
        await server.Anonymous.TryRefreshAsync(second.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
    }

    [Fact]
    public async Task A_gateway_refreshes_at_its_own_API_and_no_one_at_another_s()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        Tokens user = await server.Anonymous.SignInAsync(await server.AddUserAsync());

        await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.Anonymous.TryRefreshAsync(user.RefreshToken, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");

        JsonNode answer = await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/gateway/api/v1").ShouldAnswerAsync(200);
        await server.With((string)answer["access_token"]!).PostAsync("/gateway/api/v1/devices", new JsonArray())
            .ShouldBeProblemAsync(422, "uplink_refused");
    }

    [Fact]
    public async Task A_revoked_gateway_is_refused_at_the_exchange_and_with_its_access_token()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await server.Database.ExecuteAsync("UPDATE gateway SET revoked_at = now() WHERE id = $1", gateway.Id.Value);

        await server.Anonymous.TryRefreshAsync(gateway.Tokens.RefreshToken, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await gateway.SendAsync(new JsonArray()).ShouldBeProblemAsync(401, "invalid_token");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("a\0b")]
    [InlineData("\u00e4\U0001F600")]
    public async Task What_is_no_refresh_token_of_ours_is_refused(string token) =>
        await server.Anonymous.TryRefreshAsync(token).ShouldBeProblemAsync(401, "invalid_refresh_token");

    [Fact]
    public async Task An_expired_refresh_token_is_refused()
    {
        string email = await server.AddUserAsync();
        Tokens tokens = await server.Anonymous.SignInAsync(email);
        await server.Database.ExecuteAsync(
            """
            UPDATE refresh_token SET expires_at = now() - interval '1 s' WHERE session_id IN
                (SELECT s.id FROM session AS s JOIN app_user AS u ON u.id = s.holder_id WHERE u.email = $1)
            """,
            email);
        await server.Anonymous.TryRefreshAsync(tokens.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
    }

    private async Task<Tokens> RefreshAsync(Tokens tokens) =>
        Tokens.Of(await server.Anonymous.TryRefreshAsync(tokens.RefreshToken).ShouldAnswerAsync(200));
}
