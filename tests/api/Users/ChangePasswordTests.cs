using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Users;

[Collection(ApiTests.Name)]
public sealed class ChangePasswordTests(ApiServer server)
{
    private const string NewPassword = "gumbo trellis oxbow quern";

    [Fact]
    public async Task The_new_password_counts_and_every_other_session_ends_with_its_refresh_token()
    {
        string email = await server.AddUserAsync();
        Http.Tokens own = await server.Anonymous.SignInAsync(email), other = await server.Anonymous.SignInAsync(email);

        await ChangeAsync(own, Seeds.Password, NewPassword).ShouldAnswerAsync(204);

        await server.With(own.AccessToken).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
        await server.Anonymous.TryRefreshAsync(own.RefreshToken).ShouldAnswerAsync(200);
        await server.With(other.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(other.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldBeProblemAsync(401, "wrong_credentials");
        await server.Anonymous.TrySignInAsync(email, NewPassword).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_wrong_old_password_changes_nothing_and_counts_as_a_failed_sign_in()
    {
        string email = await server.AddUserAsync();
        Http.Tokens own = await server.Anonymous.SignInAsync(email);
        int failures = 0;
        while (true)
        {
            HttpResponseMessage answer = await ChangeAsync(own, "wrong", NewPassword);
            if ((int)answer.StatusCode == 429)
            {
                answer.Headers.RetryAfter.ShouldNotBeNull();
                await Task.FromResult(answer).ShouldBeProblemAsync(429, "too_many_attempts");
                break;
            }

            await Task.FromResult(answer).ShouldBeProblemAsync(403, "wrong_password");
            (++failures).ShouldBeLessThan(30);
        }

        failures.ShouldBeGreaterThanOrEqualTo(5);
        // The right one must wait too, here and at the sign-in, which tells that they count together.
        HttpResponseMessage signIn = await server.Anonymous.TrySignInAsync(email, Seeds.Password);
        if ((int)signIn.StatusCode != 429) await Task.FromResult(signIn).ShouldAnswerAsync(200);
        await Task.Delay(TimeSpan.FromSeconds(signIn.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0) + TimeSpan.FromMilliseconds(50));
        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("short", "too_short")]
    [InlineData("password1234", "common")]
    [InlineData("stepcloud2026!!", "common")]
    public async Task A_password_that_may_not_be_chosen_is_refused_with_its_reason(string password, string reason)
    {
        Http.Tokens own = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        JsonObject problem = await ChangeAsync(own, Seeds.Password, password).ShouldBeProblemAsync(400, "password_refused");
        ((string?)problem["reason"]).ShouldBe(reason);
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe("/new_password");
    }

    [Fact]
    public async Task Of_two_changes_at_once_with_the_same_old_password_one_is_made()
    {
        Http.Tokens own = await server.Anonymous.SignInAsync(await server.AddUserAsync());
        HttpResponseMessage[] answers = await Task.WhenAll(
            ChangeAsync(own, Seeds.Password, NewPassword), ChangeAsync(own, Seeds.Password, NewPassword + " two"));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([204, 403]);
    }

    [Fact]
    public async Task Administrators_of_the_installation_change_theirs_in_their_own_API()
    {
        Http.Tokens tokens = await server.Anonymous.SignInAsync(server.AdministratorEmail);
        await server.With(tokens.AccessToken).PostAsync("/admin/api/v1/me/password", Body("wrong", NewPassword)).ShouldBeProblemAsync(403, "wrong_password");
    }

    [Fact]
    public async Task A_hash_of_a_lower_cost_is_made_anew_at_the_next_sign_in()
    {
        // Argon2i, from the test of the reference implementation (src/test.c).
        const string old = "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA";
        string email = await server.AddUserAsync();
        await server.Database.ExecuteAsync("UPDATE app_user SET password_hash = $1 WHERE email = $2", old, email);

        await server.Anonymous.TrySignInAsync(email, "wrong").ShouldBeProblemAsync(401, "wrong_credentials");
        (await HashOfAsync(email)).ShouldBe(old);
        await server.Anonymous.TrySignInAsync(email, "password").ShouldAnswerAsync(200);
        (await HashOfAsync(email)).ShouldStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
        await server.Anonymous.TrySignInAsync(email, "password").ShouldAnswerAsync(200);
    }

    private Task<string> HashOfAsync(string email) => server.Database.ScalarAsync<string>($"SELECT password_hash FROM app_user WHERE email = '{email}'");

    private Task<HttpResponseMessage> ChangeAsync(Http.Tokens tokens, string oldPassword, string newPassword) =>
        server.With(tokens.AccessToken).PostAsync("/api/v1/me/password", Body(oldPassword, newPassword));

    private static JsonObject Body(string oldPassword, string newPassword) => new() { ["old_password"] = oldPassword, ["new_password"] = newPassword };
}
