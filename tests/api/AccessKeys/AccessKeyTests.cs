using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Members;
using Xunit;

namespace StepCloud.Tests.Api.AccessKeys;

/// <summary>Keys of people at a shared workstation: made once, exchanged, taken away.</summary>
[Collection(ApiTests.Name)]
public sealed class AccessKeyTests(ApiServer server)
{
    private const string Path = "/api/v1/access-keys";
    private const string Me = "/api/v1/me";

    /// <summary>Well written, and nobody's.</summary>
    private const string Unknown = "sck_000000000000000000000000000000000";

    [Fact]
    public async Task A_key_is_shown_once_stored_as_a_hash_and_exchanged_for_tokens_with_short_lives()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync(), key = await rig.MakeKeyAsync(kim, " Badge 7 ");
        Http.Tokens tokens = Http.Tokens.Of(await rig.TryExchangeAsync(key.ToLowerInvariant()).ShouldAnswerAsync(200));
        ApiClient client = server.With(tokens.AccessToken);
        JsonNode me = await client.GetAsync(Me).ShouldAnswerAsync(200);
        ((string?)me["id"], (string?)me["name"], (string?)me["session_started_by"], me["email"]).ShouldBe((kim, "Kim", "access_key", null));

        JsonNode session = (await client.GetAsync($"{Me}/sessions").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        DateTimeOffset created = (DateTimeOffset)session["created_at"]!;
        ((string?)session["started_by"]).ShouldBe("access_key");
        ((DateTimeOffset)session["idle_until"]! - created).ShouldBe(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        ((DateTimeOffset)session["ends_at"]! - created).ShouldBe(TimeSpan.FromHours(12), TimeSpan.FromMinutes(1));
        JsonNode renewed = await server.Anonymous.TryRefreshAsync(tokens.RefreshToken).ShouldAnswerAsync(200);
        ((DateTimeOffset)renewed["refresh_expires_at"]! - created).ShouldBe(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));

        JsonNode listed = (await rig.Owner.GetAsync(Path).ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)listed["label"], (string?)listed["user_id"], (string?)listed["user_name"], (string?)listed["created_by"])
            .ShouldBe(("Badge 7", kim, "Kim", await rig.OwnerIdAsync()));
        listed["last_used_at"].ShouldNotBeNull();
        listed.AsObject().ContainsKey("key").ShouldBeFalse();
        (await server.Database.ScalarAsync<long>(
            $"SELECT count(*) FROM access_key WHERE hash = sha256('{key}'::bytea) AND user_id = '{kim}'")).ShouldBe(1);
        (await rig.CountEntriesAsync("access_key.created", $"new_values->>'user' = '{kim}'")).ShouldBe(1);
        (await rig.CountEntriesAsync("session.started", $"new_values->>'access_key' = '{listed["id"]}'")).ShouldBe(1);
        (await rig.CountEntriesAsync("access_key.read", "new_values->>'rows' = '1'")).ShouldBe(1);
        (await server.Database.ScalarAsync<long>($"SELECT count(*) FROM audit_entry WHERE new_values::text LIKE '%{key[4..]}%'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_disabled_key_ends_its_sessions_and_no_others()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string robin, ApiClient byPassword, _) = await rig.AddUserAsync("technician");
        string lost = await rig.MakeKeyAsync(robin), kept = await rig.MakeKeyAsync(robin);
        Http.Tokens tokens = Http.Tokens.Of(await rig.TryExchangeAsync(lost).ShouldAnswerAsync(200));
        ApiClient byLost = server.With(tokens.AccessToken), byKept = await rig.ExchangeAsync(kept);
        string id = (string)(await rig.Owner.GetAsync(Path).ShouldAnswerAsync(200))["items"]![1]!["id"]!;

        await rig.Owner.PostAsync($"{Path}/{id}/disable", "").ShouldAnswerAsync(204);
        await byLost.GetAsync(Me).ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(tokens.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await rig.TryExchangeAsync(lost).ShouldBeProblemAsync(401, "invalid_access_key");
        await byKept.GetAsync(Me).ShouldAnswerAsync(200);
        await byPassword.GetAsync(Me).ShouldAnswerAsync(200);
        await rig.Owner.PostAsync($"{Path}/{id}/disable", "").ShouldAnswerAsync(204);
        (await rig.CountEntriesAsync("access_key.disabled", $"subject_id = '{id}'")).ShouldBe(1);
        (await rig.CountEntriesAsync("session.ended", "new_values->>'reason' = 'access_key_disabled'")).ShouldBe(1);
        (await rig.CountEntriesAsync("access_key.refused", $"subject_id = '{id}' AND doer_kind = 'anonymous'")).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_exchanges_a_key_while_it_is_disabled_is_not_in_afterwards()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync();
        for (int round = 0; round < 5; round++)
        {
            string key = await rig.MakeKeyAsync(kim);
            string id = (string)(await rig.Owner.GetAsync($"{Path}?limit=1").ShouldAnswerAsync(200))["items"]![0]!["id"]!;
            Task<HttpResponseMessage>[] exchanges = [.. Enumerable.Range(0, 4).Select(_ => rig.TryExchangeAsync(key))];
            await rig.Owner.PostAsync($"{Path}/{id}/disable", "").ShouldAnswerAsync(204);
            foreach (HttpResponseMessage answer in await Task.WhenAll(exchanges)) answer.Dispose();
            (await server.Database.ScalarAsync<long>($"SELECT count(*) FROM session WHERE access_key_id = '{id}' AND ended_at IS NULL")).ShouldBe(0);
        }
    }

    [Fact]
    public async Task Without_its_member_a_key_is_nothing()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync(), key = await rig.MakeKeyAsync(kim);
        ApiClient client = await rig.ExchangeAsync(key);
        await rig.Owner.PostAsync($"{MemberRig.Path}/{kim}/disable", "").ShouldAnswerAsync(200);
        await client.GetAsync(Me).ShouldBeProblemAsync(401, "invalid_token");
        await rig.TryExchangeAsync(key).ShouldBeProblemAsync(401, "invalid_access_key");
        await rig.TryMakeKeyAsync(kim).ShouldBeProblemAsync(409, "member_disabled");
        await rig.Owner.PostAsync($"{MemberRig.Path}/{kim}/enable", "").ShouldAnswerAsync(200);
        await rig.ExchangeAsync(key);
    }

    [Fact]
    public async Task An_owner_has_no_key_and_who_becomes_one_loses_it()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        await rig.TryMakeKeyAsync(await rig.OwnerIdAsync()).ShouldBeProblemAsync(409, "key_for_owner");
        (string robin, ApiClient byPassword, _) = await rig.AddUserAsync("technician");
        string key = await rig.MakeKeyAsync(robin);
        ApiClient byKey = await rig.ExchangeAsync(key);

        await rig.Owner.PatchAsync($"{MemberRig.Path}/{robin}", new JsonObject { ["role"] = "owner" }).ShouldAnswerAsync(200);
        await byKey.GetAsync(Me).ShouldBeProblemAsync(401, "invalid_token");
        await byPassword.GetAsync(Path).ShouldAnswerAsync(200);
        await rig.Owner.PatchAsync($"{MemberRig.Path}/{robin}", new JsonObject { ["role"] = "viewer" }).ShouldAnswerAsync(200);
        await rig.TryExchangeAsync(key).ShouldBeProblemAsync(401, "invalid_access_key");
    }

    [Fact]
    public async Task A_key_ends_when_it_was_to_end_and_its_session_with_it()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync();
        DateTimeOffset end = DateTimeOffset.UtcNow.AddHours(2);
        string key = (string)(await rig.TryMakeKeyAsync(kim, expiresAt: end.ToString("O")).ShouldAnswerAsync(201))["key"]!;
        ApiClient client = await rig.ExchangeAsync(key);
        JsonNode session = (await client.GetAsync($"{Me}/sessions").ShouldAnswerAsync(200))["items"]![0]!;
        ((DateTimeOffset)session["ends_at"]!).ShouldBe(end, TimeSpan.FromMilliseconds(1));
        await server.Database.ExecuteAsync($"UPDATE access_key SET expires_at = now() WHERE user_id = '{kim}'");
        await rig.TryExchangeAsync(key).ShouldBeProblemAsync(401, "invalid_access_key");
    }

    [Fact]
    public async Task A_mistyped_key_is_told_from_a_wrong_one()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        await rig.TryExchangeAsync(Unknown).ShouldBeProblemAsync(401, "invalid_access_key");
        string key = await rig.MakeKeyAsync(await rig.AddMemberAsync());
        string mistyped = key[..^1] + (key[^1] == '7' ? '8' : '7');
        await rig.TryExchangeAsync(mistyped).ShouldBeProblemAsync(400, "mistyped_access_key");
    }

    [Theory]
    [InlineData("technician")]
    [InlineData("viewer")]
    [InlineData("auditor")]
    public async Task Who_is_no_owner_neither_makes_nor_lists_nor_disables_keys(string role)
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, ApiClient user, _) = await rig.AddUserAsync(role);
        await rig.MakeKeyAsync(id);
        JsonNode key = (await rig.Owner.GetAsync(Path).ShouldAnswerAsync(200))["items"]![0]!;
        await user.GetAsync(Path).ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync(Path, new JsonObject { ["user_id"] = id, ["label"] = "Own" }).ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync($"{Path}/{key["id"]}/disable", "").ShouldBeProblemAsync(403, "not_allowed");
    }

    [Fact]
    public async Task Another_organization_s_key_and_member_are_not_there()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync(), key = await rig.MakeKeyAsync(kim);
        string id = (string)(await rig.Owner.GetAsync(Path).ShouldAnswerAsync(200))["items"]![0]!["id"]!;
        ApiClient[] strangers = [await server.StrangerAsync(), await server.OwnerAsync()];
        foreach (ApiClient stranger in strangers)
        {
            JsonObject foreign = await stranger.PostAsync($"{Path}/{id}/disable", "").ShouldBeProblemAsync(404, "not_found");
            (await stranger.PostAsync($"{Path}/{Guid.NewGuid()}/disable", "").ShouldBeProblemAsync(404, "not_found")).ToJsonString()
                .ShouldBe(foreign.ToJsonString());
        }

        await strangers[0].PostAsync(Path, new JsonObject { ["user_id"] = kim, ["label"] = "Spy" }).ShouldBeProblemAsync(404, "not_found");
        (await strangers[0].GetAsync($"{Path}?limit=200").ShouldAnswerAsync(200)).ToJsonString().ShouldNotContain(id);
        await rig.ExchangeAsync(key);
    }

    [Fact]
    public async Task A_member_has_a_bounded_number_of_keys_at_once()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync();
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => rig.TryMakeKeyAsync(kim)));
        answers.Count(answer => (int)answer.StatusCode == 201).ShouldBe(20);
        await rig.TryMakeKeyAsync(kim).ShouldBeProblemAsync(409, "too_many_access_keys");
        JsonNode page = await rig.Owner.GetAsync($"{Path}?limit=15").ShouldAnswerAsync(200);
        JsonNode rest = await rig.Owner.GetAsync($"{Path}?limit=15&before={page["next"]}").ShouldAnswerAsync(200);
        rest["items"]!.AsArray().Count.ShouldBe(5);
    }

    [Theory]
    [InlineData("""{"key":null}""", "/key")]
    [InlineData("""{"key":7}""", "/key")]
    [InlineData("""{"key":"a\ud800"}""", "/key")]
    [InlineData("{}", "")]
    [InlineData("""{"key":"sck_","user":"x"}""", "/user")]
    public async Task What_is_no_exchange_is_refused_with_its_place(string body, string pointer) =>
        await server.Anonymous.PostAsync($"{Path}/exchange", body).ShouldPointToAsync(pointer);

    [Fact]
    public async Task What_is_no_new_key_is_refused_with_its_place()
    {
        ApiClient owner = await server.OwnerAsync();
        JsonObject good = new() { ["user_id"] = Guid.NewGuid().ToString(), ["label"] = "A" };
        foreach ((string field, JsonNode? value) in new (string, JsonNode?)[]
        {
            ("user_id", "x"), ("user_id", null), ("label", ""), ("label", new string('x', 101)), ("label", "a\u0000"), ("label", "a\tb"), ("label", 7),
            ("expires_at", "x"), ("expires_at", "2001-01-01T00:00:00Z"), ("expires_at", "9999-12-31T23:59:59.9999999-14:00"), ("expires_at", 7), ("role", "x"),
        })
        {
            JsonObject bad = (JsonObject)good.DeepClone();
            bad[field] = value;
            await owner.PostAsync(Path, bad).ShouldPointToAsync("/" + field);
        }

        await owner.PostAsync(Path, good).ShouldBeProblemAsync(404, "not_found");
        await owner.PostAsync($"{Path}/x/disable", "").ShouldBeProblemAsync(400, "invalid_request");
        foreach (string key in new[] { "", "sck_", new string('0', 5000), "sck_\u0000" })
            await server.Anonymous.PostAsync($"{Path}/exchange", new JsonObject { ["key"] = key }).ShouldBeProblemAsync(400, "mistyped_access_key");
    }
}
