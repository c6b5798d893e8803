using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Actors.Users;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Users;

[Collection(ApiTests.Name)]
public sealed class SecondFactorTests(ApiServer server)
{
    [Fact]
    public async Task Once_it_is_confirmed_a_sign_in_needs_a_code()
    {
        Enrolled user = await EnrolAsync();
        await server.Anonymous.TrySignInAsync(user.Email, Seeds.Password).ShouldBeProblemAsync(401, "code_required");
        await SignInAsync(user, "000000x").ShouldBeProblemAsync(401, "wrong_code");
        await SignInAsync(user, user.CodeNow, password: "wrong").ShouldBeProblemAsync(401, "wrong_credentials");

        JsonNode tokens = await SignInAsync(user, user.CodeNow).ShouldAnswerAsync(200);
        await server.With((string)tokens["access_token"]!).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Each_code_is_taken_once_also_of_many_at_once()
    {
        Enrolled user = await EnrolAsync();
        string code = user.CodeNow;
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SignInAsync(user, code)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, 401, 401, 401]);
    }

    [Fact]
    public async Task A_recovery_code_stands_for_a_code_once_however_it_is_typed()
    {
        Enrolled user = await EnrolAsync();
        user.RecoveryCodes.Distinct().Count().ShouldBe(10);
        await SignInAsync(user, user.RecoveryCodes[0]).ShouldAnswerAsync(200);
        await SignInAsync(user, user.RecoveryCodes[0]).ShouldBeProblemAsync(401, "wrong_code");
        await SignInAsync(user, $" {user.RecoveryCodes[1].Replace('-', ' ').ToLowerInvariant()}").ShouldAnswerAsync(200);

        Enrolled other = await EnrolAsync();
        await SignInAsync(other, user.RecoveryCodes[2]).ShouldBeProblemAsync(401, "wrong_code");
    }

    [Fact]
    public async Task It_is_disabled_with_password_and_code_only()
    {
        Enrolled user = await EnrolAsync();
        await DisableAsync(user, "wrong", user.RecoveryCodes[0]).ShouldBeProblemAsync(403, "wrong_password");
        await DisableAsync(user, Seeds.Password, "123").ShouldBeProblemAsync(403, "wrong_code");
        await DisableAsync(user, Seeds.Password, user.RecoveryCodes[0]).ShouldAnswerAsync(204);
        await server.Anonymous.TrySignInAsync(user.Email, Seeds.Password).ShouldAnswerAsync(200);
        (await server.Database.ScalarAsync<long>($"SELECT count(*) FROM recovery_code WHERE user_id = '{user.Id}'")).ShouldBe(0);
    }

    [Fact]
    public async Task It_is_begun_with_the_password_and_nothing_counts_before_a_code_has_confirmed_it()
    {
        string email = await server.AddUserAsync();
        ApiClient user = await server.UserAsync(email);
        await user.PostAsync("/api/v1/me/second-factor/confirm", new JsonObject { ["code"] = "123456" }).ShouldBeProblemAsync(409, "nothing_to_confirm");
        await BeginAsync(user, "wrong").ShouldBeProblemAsync(403, "wrong_password");
        JsonNode begun = await BeginAsync(user).ShouldAnswerAsync(200);
        string secret = (string)begun["secret"]!;
        ((string?)begun["uri"]).ShouldBe(
            $"otpauth://totp/StepCloud:{Uri.EscapeDataString(email)}?secret={secret}&issuer=StepCloud&algorithm=SHA1&digits=6&period=30");
        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200);
        await user.PostAsync("/api/v1/me/second-factor/confirm", new JsonObject { ["code"] = "x" }).ShouldBeProblemAsync(403, "wrong_code");

        // A second secret takes the place of the first.
        string second = (string)(await BeginAsync(user).ShouldAnswerAsync(200))["secret"]!;
        second.ShouldNotBe(secret);
        await user.PostAsync("/api/v1/me/second-factor/confirm", new JsonObject { ["code"] = Authenticator.CodeOf(second) }).ShouldAnswerAsync(200);
        await BeginAsync(user).ShouldBeProblemAsync(409, "second_factor_on");
    }

    [Fact]
    public async Task The_database_holds_the_secret_sealed_and_the_codes_hashed()
    {
        Enrolled user = await EnrolAsync();
        byte[] stored = await server.Database.ScalarAsync<byte[]>($"SELECT secret FROM second_factor WHERE user_id = '{user.Id}'");
        stored.AsSpan().IndexOf(Authenticator.Decode(user.Secret)).ShouldBe(-1);
        stored.Length.ShouldBeGreaterThan(Totp.SecretBytes + 16);
        (await server.Database.ScalarAsync<long>($"SELECT count(*) FROM recovery_code AS c WHERE user_id = '{user.Id}' AND c::text LIKE '%{user.RecoveryCodes[0].Replace("-", "")}%'"))
            .ShouldBe(0);
    }

    [Fact]
    public async Task Wrong_codes_are_delayed_whatever_address_they_come_from()
    {
        Enrolled user = await EnrolAsync();
        HttpResponseMessage answer;
        int failures = 0;
        while ((int)(answer = await SignInAsync(user, "000000x")).StatusCode != 429)
        {
            await Task.FromResult(answer).ShouldBeProblemAsync(401, "wrong_code");
            (++failures).ShouldBeLessThan(30);
        }

        failures.ShouldBeGreaterThanOrEqualTo(5);
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Each_change_has_its_entry_in_the_audit()
    {
        Enrolled user = await EnrolAsync();
        await SignInAsync(user, user.RecoveryCodes[0]).ShouldAnswerAsync(200);
        await DisableAsync(user, Seeds.Password, user.RecoveryCodes[1]).ShouldAnswerAsync(204);
        foreach ((string action, int count) in (ValueTuple<string, int>[])[("user.second_factor_enabled", 1), ("user.recovery_code_used", 2), ("user.second_factor_disabled", 1)])
        {
            (await server.Database.ScalarAsync<long>($"SELECT count(*) FROM audit_entry WHERE subject_id = '{user.Id}' AND action = '{action}'"))
                .ShouldBe(count, action);
        }
    }

    private async Task<Enrolled> EnrolAsync()
    {
        string email = await server.AddUserAsync();
        ApiClient user = await server.UserAsync(email);
        string secret = (string)(await BeginAsync(user).ShouldAnswerAsync(200))["secret"]!;
        JsonNode codes = await user.PostAsync("/api/v1/me/second-factor/confirm", new JsonObject { ["code"] = Authenticator.CodeOf(secret) }).ShouldAnswerAsync(200);
        Guid id = await server.Database.ScalarAsync<Guid>($"SELECT id FROM app_user WHERE email = '{email}'");
        // So that the code that has confirmed it can be used again, and no test needs to wait for the next.
        await server.Database.ExecuteAsync("UPDATE second_factor SET last_step = 0 WHERE user_id = $1", id);
        return new Enrolled(id, email, user, secret, [.. codes["recovery_codes"]!.AsArray().Select(code => (string)code!)]);
    }

    private static Task<HttpResponseMessage> BeginAsync(ApiClient user, string password = Seeds.Password) =>
        user.PostAsync("/api/v1/me/second-factor", new JsonObject { ["password"] = password });

    private Task<HttpResponseMessage> SignInAsync(Enrolled user, string code, string password = Seeds.Password) =>
        server.Anonymous.PostAsync("/api/v1/sign-in", new JsonObject { ["email"] = user.Email, ["password"] = password, ["code"] = code });

    private static Task<HttpResponseMessage> DisableAsync(Enrolled user, string password, string code) =>
        user.Api.PostAsync("/api/v1/me/second-factor/disable", new JsonObject { ["password"] = password, ["code"] = code });

    private sealed record Enrolled(Guid Id, string Email, ApiClient Api, string Secret, string[] RecoveryCodes)
    {
        public string CodeNow => Authenticator.CodeOf(Secret);
    }
}
