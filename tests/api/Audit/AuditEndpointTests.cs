using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Audit;

/// <summary>Who may read the audit over HTTP, and what he finds there of what was done over HTTP.</summary>
[Collection(ApiTests.Name)]
public sealed class AuditEndpointTests(ApiServer server)
{
    [Fact]
    public async Task A_gateway_and_its_device_are_found_with_who_did_it_and_from_where()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();

        JsonNode created = (await ItemsAsync($"subject={gateway.Id}&action=gateway.created")).ShouldHaveSingleItem();
        ((string?)created["organization"]).ShouldBe(server.Own.Organization.ToString());
        ((string?)created["doer"]!["kind"]).ShouldBe("user");
        ((string?)created["doer"]!["remote_address"]).ShouldNotBeNull().ShouldContain("127.0.0.1");
        ((string?)JsonNode.Parse((string)created["new"]!)!["name"]).ShouldBe("Gateway at the window");
        JsonNode announced = (await ItemsAsync($"subject_kind=device&subject={device}")).ShouldHaveSingleItem();
        ((string?)announced["doer"]!["kind"], (string?)announced["doer"]!["id"]).ShouldBe(("gateway", gateway.Id.ToString()));
        (await ItemsAsync($"doer={gateway.Id}")).ShouldHaveSingleItem()["sequence"]!.ToString().ShouldBe(announced["sequence"]!.ToString());
    }

    [Fact]
    public async Task Sign_ins_are_found_the_wrong_ones_once_a_minute_and_without_the_password()
    {
        string email = await server.AddUserAsync("technician");
        Guid user = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        for (int n = 0; n < 3; n++) await server.Anonymous.TrySignInAsync(email, "a wrong password").ShouldBeProblemAsync(401, "wrong_credentials");
        await server.Anonymous.SignInAsync(email);

        IReadOnlyList<JsonNode> found = await ItemsAsync($"subject={user}");
        found.Select(one => (string?)one["action"]).ShouldBe(["user.sign_in_succeeded", "user.sign_in_failed"]);
        ((string?)found[1]["doer"]!["kind"], found[1]["doer"]!["id"]).ShouldBe(("anonymous", null));
        ((string?)found[1]["new"]).ShouldBe("""{"failures":1}""");
        string everything = string.Concat((await ItemsAsync("limit=200")).Select(one => one.ToJsonString()));
        everything.ShouldNotContain("a wrong password");
        everything.ShouldNotContain("argon2id");
    }

    [Fact]
    public async Task A_reused_refresh_token_and_a_sign_out_are_found_with_their_session()
    {
        string email = await server.AddUserAsync();
        Http.Tokens first = await server.Anonymous.SignInAsync(email);
        Http.Tokens second = Http.Tokens.Of(await server.Anonymous.TryRefreshAsync(first.RefreshToken).ShouldAnswerAsync(200));
        await server.Anonymous.TryRefreshAsync(second.RefreshToken).ShouldAnswerAsync(200);
        await server.Anonymous.TryRefreshAsync(first.RefreshToken).ShouldBeProblemAsync(401, "refresh_token_reused");
        Http.Tokens again = await server.Anonymous.SignInAsync(email);
        await server.With(again.AccessToken).PostAsync("/api/v1/sign-out", "{}").ShouldAnswerAsync(204);

        Guid user = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        JsonNode[] ends = [.. (await ItemsAsync("subject_kind=session&limit=200")).Where(one => ((string?)one["new"])!.Contains(user.ToString()))];
        ends.Select(one => (string?)one["action"]).ShouldBe(["session.ended", "session.started", "session.reuse_detected", "session.started"]);
        ends[3]["subject"]!["id"]!.ToString().ShouldBe(ends[2]["subject"]!["id"]!.ToString());
        ((string?)ends[2]["doer"]!["kind"]).ShouldBe("anonymous");
        ((string?)ends[0]["doer"]!["id"]).ShouldBe(user.ToString());
    }

    [Fact]
    public async Task An_agent_as_long_as_its_sender_likes_is_cut_between_two_characters()
    {
        string email = await server.AddUserAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/sign-in")
        {
            Content = new StringContent(new JsonObject { ["email"] = email, ["password"] = "a wrong password" }.ToJsonString(), null, "application/json"),
        };
        using SocketsHttpHandler handler = new() { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 };
        using HttpClient unicode = new(handler) { BaseAddress = server.HttpAddress };
        request.Headers.TryAddWithoutValidation("User-Agent", new string('x', 199) + "🦷 and more").ShouldBeTrue();
        await unicode.SendAsync(request).ShouldBeProblemAsync(401, "wrong_credentials");

        Guid user = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        // Written behind the answer.
        await Eventually.HoldsAsync(async () => (await ItemsAsync($"subject={user}")).Count == 1, "the wrong password has its entry");
        ((string?)(await ItemsAsync($"subject={user}"))[0]["doer"]!["agent"]).ShouldBe(new string('x', 199));
    }

    [Theory]
    [InlineData("owner", 200)]
    [InlineData("auditor", 200)]
    [InlineData("technician", 403)]
    [InlineData("viewer", 403)]
    public async Task Owners_and_auditors_read_it_and_the_others_are_told_that_they_may_not(string role, int status)
    {
        ApiClient user = await server.UserAsync(await server.AddUserAsync(role));
        foreach (string path in new[] { "/api/v1/audit", "/api/v1/audit/export" })
        {
            Task<HttpResponseMessage> sending = user.GetAsync(path);
            if (status == 200) (await sending).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
            else await sending.ShouldBeProblemAsync(403, "not_allowed");
        }
    }

    [Fact]
    public async Task A_role_that_was_taken_away_counts_at_once_whatever_the_token_says()
    {
        string email = await server.AddUserAsync("auditor");
        ApiClient user = await server.UserAsync(email);
        await user.GetAsync("/api/v1/audit").ShouldAnswerAsync(200);
        await server.ExecuteElsewhereAsync("UPDATE app_user SET roles = '{viewer}' WHERE email = $1", email);
        await user.GetAsync("/api/v1/audit").ShouldBeProblemAsync(403, "not_allowed");
    }

    [Fact]
    public async Task A_stranger_finds_nothing_of_another_organization_however_he_asks()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient stranger = await server.StrangerAsync();
        string[] queries = ["", $"?subject={gateway.Id}", "?limit=200"];
        foreach (string query in queries)
        {
            JsonNode page = await stranger.GetAsync("/api/v1/audit" + query).ShouldAnswerAsync(200);
            page["items"]!.AsArray().ShouldAllBe(one => (string?)one!["organization"] == server.Other.Organization.ToString());
            page.ToJsonString().ShouldNotContain(gateway.Id.ToString());
        }

        await stranger.GetAsync($"/api/v1/audit?organization={server.Own.Organization}").ShouldBeProblemAsync(400, "invalid_request");
        await stranger.GetAsync($"/api/v1/audit/export?organization={server.Own.Organization}").ShouldBeProblemAsync(400, "invalid_request");
        using HttpResponseMessage export = await stranger.GetAsync("/api/v1/audit/export");
        (await export.Content.ReadAsStringAsync()).ShouldNotContain(server.Own.Organization.ToString());
    }

    [Fact]
    public async Task An_administrator_reads_every_chain_and_the_installations_own()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ApiClient administrator = await server.AdministratorAsync();

        JsonNode own = await administrator.GetAsync("/admin/api/v1/audit?action=signing_key.created").ShouldAnswerAsync(200);
        own["items"]!.AsArray().ShouldNotBeEmpty();
        own["items"]!.AsArray().ShouldAllBe(one => one!["organization"] == null);
        JsonNode other = await administrator.GetAsync($"/admin/api/v1/audit?organization={server.Own.Organization}&subject={gateway.Id}").ShouldAnswerAsync(200);
        other["items"]!.AsArray().ShouldNotBeEmpty();
        await administrator.GetAsync($"/admin/api/v1/audit?organization={Guid.NewGuid()}").ShouldAnswerAsync(200);
        await administrator.GetAsync("/admin/api/v1/audit?organization=nobody").ShouldBeProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap()
    {
        for (int n = 0; n < 4; n++) await server.AddGatewayAsync();
        ApiClient owner = await server.OwnerAsync();
        List<long> seen = [];
        string? before = null;
        for (int page = 0; page < 3; page++)
        {
            JsonNode answer = await owner.GetAsync($"/api/v1/audit?limit=2{(before is null ? "" : $"&before={before}")}").ShouldAnswerAsync(200);
            seen.AddRange(answer["items"]!.AsArray().Select(one => (long)one!["sequence"]!));
            before = (string?)answer["next"];
        }

        seen.ShouldBe(Enumerable.Range(0, 6).Select(n => seen[0] - n));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    public async Task A_limit_out_of_its_range_is_named(string query, string pointer) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/audit?{query}").ShouldPointToAsync(pointer);

    [Theory]
    [InlineData("before=soon")]
    [InlineData("doer=me")]
    [InlineData("from=yesterday")]
    [InlineData("to=99999-01-01")]
    public async Task A_parameter_that_cannot_be_read_is_refused(string query) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/audit?{query}").ShouldBeProblemAsync(400, "invalid_request");

    [Theory]
    [InlineData("action=%00")]
    [InlineData("subject=%ED%A0%80")]
    [InlineData("subject_kind=")]
    [InlineData("before=-5")]
    [InlineData("from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&action=none")]
    public async Task What_no_entry_can_have_finds_nothing(string query) =>
        (await (await server.OwnerAsync()).GetAsync($"/api/v1/audit?{query}").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();

    [Fact]
    public async Task An_export_is_an_entry_itself_and_holds_it()
    {
        ApiClient administrator = await server.AdministratorAsync();
        using HttpResponseMessage answer = await administrator.GetAsync($"/admin/api/v1/audit/export?organization={server.Other.Organization}");
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("application/x-ndjson");
        string[] lines = (await answer.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');

        JsonNode[] entries = [.. lines.Select(line => JsonNode.Parse(line)!).Where(line => line["sequence"] is not null)];
        entries.Select(entry => (long)entry["sequence"]!).ShouldBe(Enumerable.Range(1, entries.Length).Select(n => (long)n));
        ((string?)entries[^1]["action"], (string?)entries[^1]["doer"]!["kind"]).ShouldBe(("audit.exported", "administrator"));
    }

    private async Task<IReadOnlyList<JsonNode>> ItemsAsync(string query) =>
        [.. (await (await server.OwnerAsync()).GetAsync($"/api/v1/audit?{query}").ShouldAnswerAsync(200))["items"]!.AsArray().Select(one => one!)];
}
