using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Api.Http;

[Collection(ApiTests.Name)]
public sealed class SignInTests(ApiServer server)
{
    [Fact]
    public async Task Who_signs_in_gets_tokens_that_open_the_API_of_users()
    {
        JsonNode answer = await server.Anonymous.TrySignInAsync(server.Own.OwnerEmail, Seeds.Password).ShouldAnswerAsync(200);

        ((string?)answer["token_type"]).ShouldBe("Bearer");
        ((int?)answer["expires_in"]).ShouldBe(900);
        ((DateTimeOffset)answer["refresh_expires_at"]!).ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(6));
        JsonNode sites = await server.With((string)answer["access_token"]!).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
        sites["items"]!.AsArray().Select(site => (string?)site!["id"]).ShouldContain(server.Own.Site.ToString());
    }

    [Fact]
    public async Task The_case_of_an_e_mail_address_and_spaces_around_it_do_not_matter() =>
        await server.Anonymous.TrySignInAsync($" {server.Own.OwnerEmail.ToUpperInvariant()} ", Seeds.Password).ShouldAnswerAsync(200);

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        string email = await server.AddUserAsync();
        JsonObject wrong = await server.Anonymous.TrySignInAsync(email, "wrong").ShouldBeProblemAsync(401, "wrong_credentials");
        JsonObject unknown = await server.Anonymous.TrySignInAsync("nobody@example.org", "wrong").ShouldBeProblemAsync(401, "wrong_credentials");
        JsonObject withNull = await server.Anonymous.TrySignInAsync("no\0body@example.org", "wrong").ShouldBeProblemAsync(401, "wrong_credentials");

        unknown.ToJsonString().ShouldBe(wrong.ToJsonString());
        withNull.ToJsonString().ShouldBe(wrong.ToJsonString());
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(1_000_000)]
    public async Task A_password_that_is_too_long_is_a_wrong_one(int chars) =>
        await server.Anonymous.TrySignInAsync(await server.AddUserAsync(), new string('x', chars)).ShouldBeProblemAsync(401, "wrong_credentials");

    [Fact]
    public async Task A_disabled_user_gets_the_answer_to_a_wrong_password_and_loses_what_he_has()
    {
        string email = await server.AddUserAsync();
        Tokens tokens = await server.Anonymous.SignInAsync(email);
        await server.Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE email = $1", email);

        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldBeProblemAsync(401, "wrong_credentials");
        await server.Anonymous.TryRefreshAsync(tokens.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.With(tokens.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task After_five_wrong_passwords_even_the_right_one_must_wait_as_long_as_it_is_told()
    {
        string email = await server.AddUserAsync();
        // The sixth to eighth failure make the delay long enough to be met on a slow machine too.
        HttpResponseMessage? delayed = null;
        int failures = 0;
        while (delayed is null)
        {
            HttpResponseMessage answer = await server.Anonymous.TrySignInAsync(email, "wrong");
            if ((int)answer.StatusCode == 429) delayed = answer;
            else failures++;
            failures.ShouldBeLessThan(30);
        }

        failures.ShouldBeGreaterThanOrEqualTo(5);
        RetryConditionHeaderValue retryAfter = delayed.Headers.RetryAfter.ShouldNotBeNull();
        JsonObject problem = await Task.FromResult(delayed).ShouldBeProblemAsync(429, "too_many_attempts");
        ((double)problem["retry_after_seconds"]!).ShouldBe(retryAfter.Delta!.Value.TotalSeconds);
        retryAfter.Delta.Value.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));

        await Task.Delay(retryAfter.Delta.Value + TimeSpan.FromMilliseconds(50));
        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200);
        await server.Anonymous.TrySignInAsync(email, "wrong").ShouldBeProblemAsync(401, "wrong_credentials");
    }

    [Fact]
    public async Task Sign_out_stops_the_session_s_tokens_at_once_and_no_other_s()
    {
        string email = await server.AddUserAsync();
        Tokens ended = await server.Anonymous.SignInAsync(email);
        Tokens other = await server.Anonymous.SignInAsync(email);
        await server.With(ended.AccessToken).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);

        await server.With(ended.AccessToken).PostAsync("/api/v1/sign-out", []).ShouldAnswerAsync(204);

        await server.With(ended.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(ended.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.With(other.AccessToken).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
    }
}
