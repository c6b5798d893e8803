using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud user` beside a running server and without one.</summary>
public sealed class UserCommandTests
{
    private const string Email = "root@test.example";
    private const string Password = "gumbo trellis oxbow quern";
    private const string Another = "pewter lagoon fiddle moss";

    [Fact]
    public async Task An_administrator_is_made_without_a_server_signs_in_beside_one_and_is_kept_out_and_let_in()
    {
        await using Installation installation = await Installation.CreateAsync();
        string[] create = ["user", "create", "--administrator", "--email", Email, "--name", "Root"];
        JsonElement made = (await installation.JsonAsync(0, create, Password + "\n")).GetProperty("user");
        made.GetProperty("roles")[0].GetString().ShouldBe("administrator");
        (await installation.RefusalAsync(1, create, Password)).ShouldContain("has an account already");

        await installation.StartServerAsync();
        using HttpClient http = new();
        string token = await TokenAsync(installation, http, Password);
        (await MeAsync(installation, http, token)).ShouldBe(HttpStatusCode.OK);
        (await installation.RefusalAsync(1, ["user", "disable", Email])).ShouldContain("last administrator");

        await installation.JsonAsync(0, ["user", "set-password", Email], Another);
        (await MeAsync(installation, http, token)).ShouldBe(HttpStatusCode.Unauthorized);
        (await SignInAsync(installation, http, Password)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        token = await TokenAsync(installation, http, Another);

        await installation.JsonAsync(0, ["user", "create", "--administrator", "--email", "second@test.example", "--name", "Second"], Password);
        JsonElement disabled = await installation.JsonAsync(0, ["user", "disable", Email]);
        disabled.GetProperty("outcome").GetString().ShouldBe("disabled");
        disabled.GetProperty("user").GetProperty("disabled_at").GetString().ShouldNotBeNull();
        (await MeAsync(installation, http, token)).ShouldBe(HttpStatusCode.Unauthorized);
        await installation.JsonAsync(0, ["user", "enable", made.GetProperty("id").GetString()!]);
        await TokenAsync(installation, http, Another);
        (await EntriesAsync(installation)).ShouldBe(
        [
            "user.created stepcloud user create", "user.password_changed stepcloud user set-password", "user.created stepcloud user create",
            "user.disabled stepcloud user disable", "user.enabled stepcloud user enable",
        ]);
    }

    [Fact]
    public async Task Users_are_listed_and_shown_and_each_look_is_an_entry()
    {
        await using Installation installation = await Installation.CreateAsync();
        JsonElement owner = (await installation.JsonAsync(0, ["user", "list", "--email", "OWNER"])).GetProperty("users").EnumerateArray().ShouldHaveSingleItem();
        string organization = owner.GetProperty("organization").GetString()!;
        JsonElement member = (await installation.JsonAsync(
            0, ["user", "create", "--name", "Kim", "--organization", organization, "--role", "technician"])).GetProperty("user");
        member.GetProperty("email").ValueKind.ShouldBe(JsonValueKind.Null);
        (await installation.JsonAsync(0, ["user", "list", "--organization", organization])).GetProperty("users").GetArrayLength().ShouldBe(2);
        JsonElement shown = await installation.JsonAsync(0, ["user", "show", Installation.Email]);
        shown.GetProperty("user").GetProperty("id").GetString().ShouldBe(owner.GetProperty("id").GetString());
        (await installation.RefusalAsync(1, ["user", "set-password", member.GetProperty("id").GetString()!], Password)).ShouldContain("access-key create");
        (await installation.RefusalAsync(1, ["user", "reset-second-factor", Installation.Email])).ShouldContain("no second factor");
        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'user.read' AND doer_kind = 'system'")).ShouldBe(3);
    }

    [Fact]
    public async Task A_lost_second_factor_is_reset()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.Database.ExecuteAsync(
            "INSERT INTO second_factor (user_id, secret, created_at, confirmed_at, last_step) SELECT id, '\\x00', now(), now(), 0 FROM app_user");
        JsonElement reset = await installation.JsonAsync(0, ["user", "reset-second-factor", Installation.Email]);
        reset.GetProperty("user").GetProperty("second_factor").GetBoolean().ShouldBeFalse();
        (await installation.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE action = 'user.second_factor_disabled' AND doer_kind = 'system'")).ShouldBe(1);
    }

    [Theory]
    [InlineData(2, "user", "create", "--name", "A")]
    [InlineData(2, "user", "create", "--name", "A", "--administrator")]
    [InlineData(2, "user", "create", "--name", "A", "--administrator", "--email", "a@example.org", "--role", "owner")]
    [InlineData(2, "user", "create", "--name", "A", "--organization", "x", "--role", "viewer")]
    [InlineData(2, "user", "create", "--name", "A", "--organization", "0199a000-0000-7000-8000-000000000000", "--role", "owner")]
    [InlineData(2, "user", "create", "--name", "A", "--organization", "0199a000-0000-7000-8000-000000000000", "--role", "chief")]
    [InlineData(1, "user", "create", "--name", "A", "--organization", "0199a000-0000-7000-8000-000000000000", "--role", "viewer")]
    [InlineData(2, "user", "create", "--name", "A", "--administrator", "--email", "no address")]
    [InlineData(2, "user", "set-password", Installation.Email)]
    [InlineData(2, "user", "disable")]
    [InlineData(1, "user", "disable", "nobody@example.org")]
    [InlineData(1, "user", "show", "-nobody")]
    [InlineData(2, "access-key", "create", "--user", Installation.Email)]
    [InlineData(1, "access-key", "create", "--user", Installation.Email, "--label", "Badge")]
    [InlineData(2, "access-key", "create", "--user", Installation.Email, "--label", "Badge", "--expires", "soon")]
    [InlineData(2, "access-key", "create", "--user", Installation.Email, "--label", "Badge", "--expires", "2001-01-01")]
    [InlineData(2, "access-key", "disable", "nonsense")]
    [InlineData(1, "access-key", "disable", "0199a000-0000-7000-8000-000000000000")]
    [InlineData(2, "gateway", "revoke", "nonsense")]
    [InlineData(1, "gateway", "revoke", "0199a000-0000-7000-8000-000000000000")]
    [InlineData(1, "gateway", "show", "0199a000-0000-7000-8000-000000000000")]
    public async Task What_cannot_be_done_is_said_in_one_line(int exitCode, params string[] arguments)
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.RefusalAsync(exitCode, arguments);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("password1234")]
    public async Task A_password_that_may_not_be_chosen_is_refused_with_the_reason(string password)
    {
        await using Installation installation = await Installation.CreateAsync();
        (await installation.RefusalAsync(2, ["user", "set-password", Installation.Email], password)).ShouldStartWith("Setting password: ");
    }

    private static Task<HttpStatusCode> MeAsync(Installation installation, HttpClient http, string token) =>
        installation.GetAsync(http, "/admin/api/v1/me", token);

    private static Task<HttpResponseMessage> SignInAsync(Installation installation, HttpClient http, string password) =>
        http.PostAsJsonAsync($"{installation.HttpAddress}/api/v1/sign-in", new { email = Email, password });

    private static async Task<string> TokenAsync(Installation installation, HttpClient http, string password)
    {
        using HttpResponseMessage answer = await SignInAsync(installation, http, password);
        JsonElement tokens = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return tokens.GetProperty("access_token").GetString()!;
    }

    private static async Task<string[]> EntriesAsync(Installation installation) =>
        (await installation.Database.ScalarAsync<string>(
            """
            SELECT string_agg(action || ' ' || agent, '|' ORDER BY sequence) FROM audit_entry
            WHERE doer_kind = 'system' AND subject_kind = 'user' AND agent LIKE 'stepcloud user %'
            """)).Split('|');
}
