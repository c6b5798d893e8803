using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;
using Xunit;

namespace StepCloud.Tests.Api.Folders;

/// <summary>Folders, as those who share see them.</summary>
public sealed class FolderTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private readonly ApiServer _server = recordings.Server;

    private string OfDevice => $"device={recordings.Device}";

    [Fact]
    public async Task A_folder_is_made_filled_renamed_and_deleted_and_its_recordings_stay()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId first = await SampleRecordings.AddAsync(owner, OfDevice + "&name=a.png", SampleRecordings.Png), second = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        string folder = await SharedThings.NewFolderAsync(owner, first, second, first);
        await SharedThings.NewLinkAsync(owner, folder);

        JsonNode read = await owner.GetAsync(folder).ShouldAnswerAsync(200);
        ((string?)read["name"], (string?)read["note"], (int?)read["recordings"], (int?)read["open_links"], (long?)read["version"]).ShouldBe(("Anna's crown", "For Dr. Weber", 2, 1, 1));
        JsonArray held = (await owner.GetAsync(folder + "/recordings").ShouldAnswerAsync(200))["items"]!.AsArray();
        held.Select(item => ((string?)item!["recording"]!["id"], (bool?)item["is_shared"])).ShouldBe([(second.ToString(), true), (first.ToString(), true)]);
        ((string?)held[1]!["recording"]!["name"]).ShouldBe("a.png");
        (await owner.GetAsync(SharedThings.Path).ShouldAnswerAsync(200))["items"]!.AsArray().Select(item => (string?)item!["id"]).ShouldContain(folder.Split('/')[^1]);

        await PutAsync(owner, folder, new JsonObject { ["name"] = "Crown" }, null).ShouldBeProblemAsync(428, "precondition_required");
        JsonNode renamed = await PutAsync(owner, folder, new JsonObject { ["name"] = "Crown" }, "\"1\"").ShouldAnswerAsync(200);
        ((string?)renamed["name"], (string?)renamed["note"], (long?)renamed["version"]).ShouldBe(("Crown", null, 2));
        await PutAsync(owner, folder, new JsonObject { ["name"] = "Bridge" }, "\"1\"").ShouldBeProblemAsync(412, "precondition_failed");

        await owner.SendAsync(HttpMethod.Delete, $"{folder}/recordings/{first}").ShouldAnswerAsync(200);
        await owner.SendAsync(HttpMethod.Delete, $"{folder}/recordings/{first}").ShouldBeProblemAsync(404, "not_found");
        await owner.SendAsync(HttpMethod.Delete, folder).ShouldAnswerAsync(204);
        await owner.GetAsync(folder).ShouldBeProblemAsync(404, "not_found");
        await owner.GetAsync($"{SampleRecordings.Path}/{second}").ShouldAnswerAsync(200);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE id = $1", Guid.Parse(folder.Split('/')[^1]))).ShouldBe(0);
        (await _server.Database.ScalarAsync<string[]>("SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE subject_id = $1", folder.Split('/')[^1]))
            .ShouldBe(["folder.created", "folder.recording_added", "folder.recording_added", "folder.changed", "folder.recording_removed", "folder.deleted"]);
    }

    [Fact]
    public async Task What_a_folder_is_called_and_whom_it_is_for_is_nowhere_in_the_clear()
    {
        await SharedThings.NewLinkAsync(await _server.OwnerAsync(), await SharedThings.NewFolderAsync(await _server.OwnerAsync()), SharedThings.Password);
        foreach (string table in (string[])["folder", "folder_link", "audit_entry", "idempotent_request"])
        {
            string rows = await _server.Database.ScalarAsync<string>($"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t");
            foreach (string known in (string[])["Anna's crown", "Dr. Weber", SharedThings.Password])
            {
                rows.ShouldNotContain(known, Case.Sensitive, table);
                rows.ShouldNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(known)), Case.Sensitive, table);
            }
        }
    }

    [Fact]
    public async Task Recordings_of_others_and_uploads_that_are_not_whole_are_not_put_into_it()
    {
        ApiClient owner = await _server.OwnerAsync(), stranger = await _server.StrangerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        await SharedThings.AddAsync(stranger, await SharedThings.NewFolderAsync(stranger), id).ShouldBeProblemAsync(404, "not_found");
        string folder = await SharedThings.NewFolderAsync(owner), upload = await new TusClient(owner).CreateAsync(100, TusClient.Metadata(recordings.Device));
        await SharedThings.AddAsync(owner, folder, RecordingId.Parse(upload.Split('/')[^1], null)).ShouldBeProblemAsync(404, "not_found");
        await SharedThings.AddAsync(stranger, folder, id).ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_full_folder_takes_no_more()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png), another = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        string folder = await SharedThings.NewFolderAsync(owner, id);
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO recording (id, organization_id, subject_kind, subject_id, media_type, created_at, created_by, store, stored_name, received_bytes, stored_at, stored_bytes, content_hash, stored_hash)
            SELECT gen_random_uuid(), organization_id, subject_kind, subject_id, media_type, created_at, created_by, store, replace(gen_random_uuid()::text, '-', ''), 1, stored_at, 1, content_hash, stored_hash
            FROM recording, generate_series(1, 199) WHERE id = $1
            """, id.Value);
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO folder_recording (folder_id, recording_id, added_at, added_by) SELECT $1, id, now(), 'test' FROM recording WHERE stored_bytes = 1
            """, Guid.Parse(folder.Split('/')[^1]));
        await SharedThings.AddAsync(owner, folder, another).ShouldBeProblemAsync(409, "folder_full");
        await SharedThings.AddAsync(owner, folder, id).ShouldAnswerAsync(200);
        await _server.Database.ExecuteAsync("DELETE FROM recording WHERE stored_bytes = 1");
    }

    [Theory]
    [InlineData("""{"name":""}""", "/name")]
    [InlineData("""{"name":"a\nb"}""", "/name")]
    [InlineData("""{"name":"\ud800"}""", "/name")]
    [InlineData("""{"name":"A","note":" "}""", "/note")]
    [InlineData("""{"name":"A","note":"\u0000"}""", "/note")]
    [InlineData("""{"name":"A","owner":"me"}""", "/owner")]
    public async Task What_a_folder_cannot_have_is_refused_at_its_place(string body, string pointer) =>
        await (await _server.OwnerAsync()).PostAsync(SharedThings.Path, body).ShouldPointToAsync(pointer);

    [Theory]
    [InlineData("""{"label":""}""", "/label")]
    [InlineData("""{"label":"A","expires_at":"2020-01-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("""{"label":"A","expires_at":"2999-01-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("""{"label":"A","downloads_max":0}""", "/downloads_max")]
    [InlineData("""{"label":"A","downloads_max":10001}""", "/downloads_max")]
    [InlineData("""{"label":"A","downloads_max":"1"}""", "/downloads_max")]
    [InlineData("""{"label":"A","token":"mine"}""", "/token")]
    public async Task What_a_link_cannot_have_is_refused_at_its_place(string body, string pointer)
    {
        ApiClient owner = await _server.OwnerAsync();
        await owner.PostAsync(await SharedThings.NewFolderAsync(owner) + "/links", body).ShouldPointToAsync(pointer);
    }

    [Theory]
    [InlineData("short", "too_short")]
    [InlineData("password1234", "common")]
    public async Task A_password_that_is_guessed_first_is_refused(string password, string reason)
    {
        ApiClient owner = await _server.OwnerAsync();
        JsonObject problem = await owner.PostAsync(await SharedThings.NewFolderAsync(owner) + "/links", new JsonObject { ["label"] = "A", ["password"] = password })
            .ShouldBeProblemAsync(400, "password_refused");
        ((string?)problem["reason"]).ShouldBe(reason);
    }

    [Fact]
    public async Task A_link_is_made_once_for_a_key_and_answered_the_same()
    {
        ApiClient owner = await _server.OwnerAsync();
        string folder = await SharedThings.NewFolderAsync(owner), key = Guid.NewGuid().ToString();
        string[] urls = [.. await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ => (string)(await SendAsync())["url"]!))];
        urls[0].ShouldBe(urls[1]);
        (await owner.GetAsync(folder + "/links").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem();

        async Task<JsonNode> SendAsync()
        {
            while (true)
            {
                StringContent body = new("""{"label":"A"}""", Encoding.UTF8, "application/json");
                HttpResponseMessage answer = await owner.SendAsync(HttpMethod.Post, folder + "/links", body, key: key);
                if ((int)answer.StatusCode == 409) continue;
                return await Task.FromResult(answer).ShouldAnswerAsync(201);
            }
        }
    }

    [Fact]
    public async Task What_is_of_a_case_is_marked_as_shared_only_with_both_consents()
    {
        ApiClient owner = await _server.OwnerAsync();
        string address = await CaseRequests.NewAsync(_server);
        await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        RecordingId id = await SampleRecordings.AddAsync(owner, $"case={address.Split('/')[^1]}", SampleRecordings.Png);
        string folder = await SharedThings.NewFolderAsync(owner, id);
        (await IsSharedAsync()).ShouldBe(false);
        JsonObject sharing = CaseRequests.Consent();
        sharing["purposes"] = new JsonArray("sharing");
        await owner.PostAsync(address + "/consents", sharing).ShouldAnswerAsync(201);
        (await IsSharedAsync()).ShouldBe(true);

        async Task<bool?> IsSharedAsync() => (bool?)(await owner.GetAsync(folder + "/recordings").ShouldAnswerAsync(200))["items"]![0]!["is_shared"];
    }

    private static Task<HttpResponseMessage> PutAsync(ApiClient client, string path, JsonObject body, string? ifMatch) =>
        client.SendAsync(HttpMethod.Put, path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), ifMatch);
}
