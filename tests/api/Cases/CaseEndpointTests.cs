using System.IO.Compression;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Cases;

[Collection(ApiTests.Name)]
public sealed class CaseEndpointTests(ApiServer server)
{
    [Fact]
    public async Task A_case_is_made_read_found_and_changed_and_each_look_is_an_entry_without_a_name()
    {
        ApiClient owner = await server.OwnerAsync();
        JsonObject body = CaseRequests.Body();
        string reference = (string)body["reference"]!, address = await CaseRequests.NewAsync(server, body), id = address.Split('/')[^1];

        JsonNode read = await owner.GetAsync(address).ShouldAnswerAsync(200);
        JsonNode found = await owner.PostAsync("/api/v1/cases/search", new JsonObject { ["reference"] = reference.ToLowerInvariant() }).ShouldAnswerAsync(200);
        JsonNode changed = await PutAsync(owner, address, CaseRequests.Body().With("name", "Somebody Else"), "\"1\"").ShouldAnswerAsync(200);
        JsonNode persons = await owner.PostAsync("/api/v1/cases/search", new JsonObject { ["name"] = "else somebody", ["birth_date"] = "1980-02-29" }).ShouldAnswerAsync(200);

        ((string?)read["reference"], (string?)read["name"], (string?)read["birth_date"], (long?)read["version"]).ShouldBe((reference, "Hēmi Ngata", "1980-02-29", 1));
        ((string?)found["items"]!.AsArray().ShouldHaveSingleItem()!["id"]).ShouldBe(id);
        ((string?)changed["name"], (long?)changed["version"]).ShouldBe(("Somebody Else", 2));
        persons["items"]!.AsArray().Select(one => (string?)one!["id"]).ShouldContain(id);
        (await server.Database.ScalarAsync<string[]>(
            "SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE subject_id = $1 OR (action = 'case.read' AND new_values::text LIKE '%' || $1 || '%')", id))
            .ShouldBe(["case.created", "case.read", "case.read", "case.changed", "case.read"]);
        string entries = await server.Database.ScalarAsync<string>("SELECT string_agg(e::text, '') FROM audit_entry AS e");
        new[] { reference, "Ngata", "Somebody Else", "1980-02-29" }.ShouldAllBe(text => !entries.Contains(text));
    }

    [Theory]
    [InlineData("""{"reference":""}""", "/reference")]
    [InlineData("""{"reference":"  "}""", "/reference")]
    [InlineData("""{"reference":"A\u0007B"}""", "/reference")]
    [InlineData("""{"reference":"12345678901234567890123456789012345678901234567890123456789012345"}""", "/reference")]
    [InlineData("""{"reference":"A","name":"Hemi\nNgata"}""", "/name")]
    [InlineData("""{"reference":"A","name":"\ud800"}""", "/name")]
    [InlineData("""{"reference":"A","name":""}""", "/name")]
    [InlineData("""{"reference":"A","birth_date":"1849-12-31"}""", "/birth_date")]
    [InlineData("""{"reference":"A","birth_date":"2999-01-01"}""", "/birth_date")]
    [InlineData("""{"reference":"A","birth_date":"1981-02-29"}""", "/birth_date")]
    [InlineData("""{"reference":"A","birth_date":"29.2.1980"}""", "/birth_date")]
    [InlineData("""{"reference":"A","nickname":"H"}""", "/nickname")]
    public async Task What_a_case_cannot_have_is_refused_at_its_place(string body, string pointer) =>
        await (await server.OwnerAsync()).PostAsync("/api/v1/cases", body).ShouldPointToAsync(pointer);

    [Fact]
    public async Task An_over_long_name_is_refused_and_not_repeated()
    {
        string name = new('x', 201);
        JsonObject problem = await (await server.OwnerAsync()).PostAsync("/api/v1/cases", CaseRequests.Body().With("name", name)).ShouldBeProblemAsync(400, "invalid_request");
        problem.ToJsonString().ShouldNotContain(name);
    }

    [Fact]
    public async Task Where_national_numbers_are_demanded_a_wrong_check_digit_is_refused()
    {
        Shop shop = await server.AddShopAsync("Auckland");
        await (await server.AdministratorAsync()).PatchAsync($"/admin/api/v1/organizations/{shop.Organization}", new JsonObject { ["case_reference"] = "nz_nhi" }, "*").ShouldAnswerAsync(200);
        ApiClient owner = await server.UserAsync(shop.OwnerEmail);

        await owner.PostAsync("/api/v1/cases", new JsonObject { ["reference"] = "ZZZ0017" }).ShouldPointToAsync("/reference");
        await owner.PostAsync("/api/v1/cases", new JsonObject { ["reference"] = "zzz0016" }).ShouldAnswerAsync(201);
        await owner.PostAsync("/api/v1/cases", new JsonObject { ["reference"] = "ACA31FM" }).ShouldAnswerAsync(201);
        await owner.PostAsync("/api/v1/cases", new JsonObject { ["reference"] = "ZZZ 0016" }).ShouldBeProblemAsync(409, "already_taken");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reference":"A","name":"B","birth_date":"1980-01-01"}""")]
    [InlineData("""{"name":"B"}""")]
    [InlineData("""{"birth_date":"1980-01-01"}""")]
    public async Task A_search_is_for_a_reference_or_for_a_name_with_its_birth_date(string body) =>
        await (await server.OwnerAsync()).PostAsync("/api/v1/cases/search", body).ShouldPointToAsync("");

    [Fact]
    public async Task A_change_without_the_version_that_was_read_is_refused()
    {
        ApiClient owner = await server.OwnerAsync();
        string address = await CaseRequests.NewAsync(server);
        await PutAsync(owner, address, CaseRequests.Body(), null).ShouldBeProblemAsync(428, "precondition_required");
        await PutAsync(owner, address, CaseRequests.Body(), "\"7\"").ShouldBeProblemAsync(412, "precondition_failed");
    }

    [Fact]
    public async Task An_erased_case_has_nothing_to_show_and_takes_nothing_while_its_jobs_stay()
    {
        ApiClient owner = await server.OwnerAsync();
        string address = await CaseRequests.NewAsync(server), id = address.Split('/')[^1];
        await owner.PostAsync(address + "/consents", CaseRequests.Consent().With("note", "Folder 3")).ShouldAnswerAsync(201);

        JsonNode erased = await owner.PostAsync(address + "/erase", new JsonObject { ["reason"] = "requested" }).ShouldAnswerAsync(200);

        ((string?)erased["reference"], (string?)erased["name"], (string?)erased["birth_date"], (string?)erased["erase_reason"]).ShouldBe((null, null, null, "requested"));
        ((string?)(await owner.GetAsync(address).ShouldAnswerAsync(200))["name"]).ShouldBeNull();
        JsonNode consent = (await owner.GetAsync(address + "/consents").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)consent["note"], (bool?)consent["holds"], (string?)consent["form"]).ShouldBe((null, false, "paper"));
        await PutAsync(owner, address, CaseRequests.Body(), "*").ShouldBeProblemAsync(409, "case_erased");
        await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldBeProblemAsync(409, "case_erased");
        await owner.PostAsync(address + "/erase", new JsonObject { ["reason"] = "for Hemi Ngata" }).ShouldPointToAsync("/reason");
        (await server.Database.ScalarAsync<string>("SELECT new_values::text FROM audit_entry WHERE action = 'case.erased' AND subject_id = $1", id)).ShouldBe("""{"reason":"requested"}""");
    }

    [Fact]
    public async Task All_that_is_known_of_a_case_is_handed_out_as_one_archive()
    {
        ApiClient owner = await server.OwnerAsync();
        string address = await CaseRequests.NewAsync(server), id = address.Split('/')[^1];
        await owner.PostAsync(address + "/consents", CaseRequests.Consent().With("note", "Folder 3")).ShouldAnswerAsync(201);
        RecordingId recording = await SampleRecordings.AddAsync(owner, $"case={id}&name=Anna.png", SampleRecordings.Png);
        JsonNode folder = await owner.PostAsync("/api/v1/folders", new JsonObject { ["name"] = "Crown" }).ShouldAnswerAsync(201);
        await owner.SendAsync(HttpMethod.Put, $"/api/v1/folders/{folder["id"]}/recordings/{recording}", content: null).ShouldAnswerAsync(200);

        Dictionary<string, JsonNode> files = await ArchiveAsync(owner, address + "/export");

        files.Keys.ShouldBe(["case.json", "consents.json", "jobs.json", "recordings.json", "audit.json"]);
        ((string?)files["case.json"]["name"], (string?)files["consents.json"][0]!["note"]).ShouldBe(("Hēmi Ngata", "Folder 3"));
        JsonNode held = files["recordings.json"].AsArray().ShouldHaveSingleItem()!;
        ((string?)held["recording"]!["id"], (string?)held["recording"]!["name"]).ShouldBe((recording.ToString(), "Anna.png"));
        held["folders"]!.AsArray().Select(one => (string?)one).ShouldBe([(string?)folder["id"]]);
        files["audit.json"].AsArray().Select(entry => (string?)entry!["action"]).ShouldBe(["case.exported", "recording.stored", "case.consent_recorded", "case.created"]);
        files["audit.json"].AsArray().Select(entry => (string?)entry!["subject"]!["id"]).ShouldBe([id, recording.ToString(), id, id]);
    }

    [Fact]
    public async Task All_that_is_known_of_oneself_is_handed_out_as_one_archive_and_nothing_of_others()
    {
        string email = await server.AddUserAsync("viewer");
        ApiClient user = await server.UserAsync(email);

        Dictionary<string, JsonNode> files = await ArchiveAsync(user, "/api/v1/me/export");

        files.Keys.ShouldBe(["user.json", "sessions.json", "audit.json"]);
        string id = (string)files["user.json"]["id"]!;
        ((string?)files["user.json"]["email"]).ShouldBe(email);
        files["sessions.json"].AsArray().ShouldNotBeEmpty();
        files["audit.json"].AsArray().ShouldAllBe(entry => (string?)entry!["doer"]!["id"] == id || (string?)entry["subject"]!["id"] == id);
        ((string?)files["audit.json"][0]!["action"]).ShouldBe("user.exported");
    }

    private static async Task<Dictionary<string, JsonNode>> ArchiveAsync(ApiClient client, string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(path);
        ((int)answer.StatusCode).ShouldBe(200);
        await using Stream body = await answer.Content.ReadAsStreamAsync();
        using ZipArchive archive = new(body);
        Dictionary<string, JsonNode> files = [];
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            await using Stream file = entry.Open();
            files[entry.Name] = (await JsonNode.ParseAsync(file))!;
        }

        return files;
    }

    [Fact]
    public async Task Whoever_makes_a_case_again_with_the_same_key_gets_the_first_answer_which_holds_no_name()
    {
        ApiClient owner = await server.OwnerAsync();
        JsonObject body = CaseRequests.Body();
        string key = Guid.NewGuid().ToString();

        string first = await KeyedAsync(owner, "/api/v1/cases", body, key), second = await KeyedAsync(owner, "/api/v1/cases", body, key);

        second.ShouldBe(first);
        first.ShouldNotContain("Ngata");
        JsonObject search = new() { ["reference"] = (string)body["reference"]! };
        string searchKey = Guid.NewGuid().ToString();
        (await KeyedAsync(owner, "/api/v1/cases/search", search, searchKey)).ShouldContain("Ngata");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM idempotent_request WHERE key = $1", searchKey)).ShouldBe(0);
    }

    private static async Task<string> KeyedAsync(ApiClient client, string path, JsonObject body, string key)
    {
        using StringContent content = new(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.SendAsync(HttpMethod.Post, path, content, key: key);
        answer.IsSuccessStatusCode.ShouldBeTrue();
        return await answer.Content.ReadAsStringAsync();
    }

    internal static Task<HttpResponseMessage> PutAsync(ApiClient client, string path, JsonObject body, string? ifMatch) =>
        client.SendAsync(HttpMethod.Put, path, new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"), ifMatch);
}
