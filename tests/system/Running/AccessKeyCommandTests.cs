using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud access-key` beside a running server.</summary>
public sealed class AccessKeyCommandTests
{
    [Fact]
    public async Task A_key_is_made_exchanged_listed_and_taken_away()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        using HttpClient http = new();
        string organization = (await installation.Database.ScalarAsync<Guid>("SELECT id FROM organization")).ToString();
        string kim = (await installation.JsonAsync(
            0, ["user", "create", "--name", "Kim", "--organization", organization, "--role", "viewer"])).GetProperty("user").GetProperty("id").GetString()!;

        JsonElement made = await installation.JsonAsync(0, ["access-key", "create", "--user", kim, "--label", "Badge", "--expires", "2031-01-31"]);
        made.GetProperty("expires_at").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2031, 1, 31, 0, 0, 0, TimeSpan.Zero));
        string id = made.GetProperty("id").GetString()!, key = made.GetProperty("key").GetString()!;
        using HttpResponseMessage exchanged = await ExchangeAsync(installation, http, key);
        string token = (await exchanged.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        (await MeAsync(installation, http, token)).ShouldBe(HttpStatusCode.OK);

        JsonElement listed = (await installation.JsonAsync(0, ["access-key", "list", "--user", kim])).GetProperty("keys").EnumerateArray().ShouldHaveSingleItem();
        (listed.GetProperty("label").GetString(), listed.GetProperty("user_name").GetString()).ShouldBe(("Badge", "Kim"));
        listed.GetProperty("last_used_at").ValueKind.ShouldBe(JsonValueKind.String);
        (await installation.JsonAsync(0, ["access-key", "list", "--user", Installation.Email])).GetProperty("keys").GetArrayLength().ShouldBe(0);

        (await installation.JsonAsync(0, ["access-key", "disable", id])).GetProperty("outcome").GetString().ShouldBe("disabled");
        (await installation.JsonAsync(0, ["access-key", "disable", id])).GetProperty("outcome").GetString().ShouldBe("disabled_before");
        (await MeAsync(installation, http, token)).ShouldBe(HttpStatusCode.Unauthorized);
        using HttpResponseMessage refused = await ExchangeAsync(installation, http, key);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await installation.Database.ScalarAsync<long>(
            $"SELECT count(*) FROM audit_entry WHERE subject_id = '{id}' AND action LIKE 'access_key.%' AND doer_kind = 'system'")).ShouldBe(2);
    }

    private static Task<HttpResponseMessage> ExchangeAsync(Installation installation, HttpClient http, string key) =>
        http.PostAsJsonAsync($"{installation.HttpAddress}/api/v1/access-keys/exchange", new { key });

    private static Task<HttpStatusCode> MeAsync(Installation installation, HttpClient http, string token) =>
        installation.GetAsync(http, "/api/v1/me", token);
}
