using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>What every entity can do, asked of each in the API of administrators.</summary>
[Collection(ApiTests.Name)]
public sealed class RegistryPatternTests(ApiServer server)
{
    public static TheoryData<string> Creatable() => [.. Entities.All.Where(entity => entity.Administrators.HasFlag(RegistryVerbs.Create)).Select(entity => entity.Name)];

    public static TheoryData<string> Archivable() => [.. Entities.All.Where(entity => entity.Administrators.HasFlag(RegistryVerbs.Archive)).Select(entity => entity.Name)];

    public static TheoryData<string> Every() => [.. Entities.All.Select(entity => entity.Name)];

    [Theory]
    [MemberData(nameof(Creatable))]
    public async Task What_is_created_by_the_example_of_the_documentation_is_read_as_it_was_sent(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        JsonObject body = await RegistryThings.BodyAsync(server, entity);
        string id = Guid.CreateVersion7().ToString();
        body["id"] = id;
        ApiClient administrator = await server.AdministratorAsync();
        HttpResponseMessage answer = await administrator.PostAsync(PathOf(entity), body);
        answer.Headers.Location!.ToString().ShouldBe($"{PathOf(entity)}/{id}");
        answer.Headers.ETag!.Tag.ShouldBe("\"1\"");
        JsonNode made = await Task.FromResult(answer).ShouldAnswerAsync(201);

        foreach ((string field, JsonNode? value) in body) JsonNode.DeepEquals(made[field], value).ShouldBeTrue($"{field}: {made[field]} is not {value}");
        ((long?)made["version"], made["archived_at"], made["archive_reason"]).ShouldBe((1, null, null));
        ((string?)made["created_by"]).ShouldStartWith("administrator:");
        JsonNode read = await administrator.GetAsync($"{PathOf(entity)}/{id}").ShouldAnswerAsync(200);
        JsonNode.DeepEquals(read, made).ShouldBeTrue();
        await administrator.PostAsync(PathOf(entity), (await RegistryThings.BodyAsync(server, entity)).With("id", id)).ShouldBeProblemAsync(409, "already_taken");
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task A_change_says_which_version_it_changes(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        ApiClient administrator = await server.AdministratorAsync();
        string path = $"{PathOf(entity)}/{await RegistryThings.NewAsync(server, entity)}";
        (string field, string value) = (RegistryThings.ChangeableField(entity), $"Another name {Guid.NewGuid()}");
        JsonObject patch = new() { [field] = value };
        JsonNode before = await administrator.GetAsync(path).ShouldAnswerAsync(200);
        string tag = $"\"{before["version"]}\"";

        await administrator.PatchAsync(path, patch, ifMatch: null).ShouldBeProblemAsync(428, "precondition_required");
        await administrator.PatchAsync(path, patch, ifMatch: "\"999\"").ShouldBeProblemAsync(412, "precondition_failed");
        foreach (string wrong in (string[])["x", "\"x\"", "W/\"1\"", "\"1\", \"2\"", "\"-1\""])
            await administrator.PatchAsync(path, patch, wrong).ShouldPointToAsync("If-Match");

        JsonNode after = await administrator.PatchAsync(path, patch, tag).ShouldAnswerAsync(200);
        ((string?)after[field], (long?)after["version"], (string?)after["updated_by"]).ShouldBe((value, (long)before["version"]! + 1, (string?)after["updated_by"]));
        ((string?)after["updated_by"]).ShouldStartWith("administrator:");
        await administrator.PatchAsync(path, patch, tag).ShouldBeProblemAsync(412, "precondition_failed");
        JsonNode same = await administrator.PatchAsync(path, patch, "*").ShouldAnswerAsync(200);
        JsonNode.DeepEquals(same, after).ShouldBeTrue("what changes nothing is no new version");
        foreach ((string other, JsonNode? kept) in before.AsObject())
            if (other != field && other is not ("version" or "updated_at" or "updated_by")) JsonNode.DeepEquals(after[other], kept).ShouldBeTrue(other);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task A_change_stands_in_the_audit_with_what_was_there_before(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        ApiClient administrator = await server.AdministratorAsync();
        string id = await RegistryThings.NewAsync(server, entity);
        string field = RegistryThings.ChangeableField(entity);
        JsonNode before = await administrator.GetAsync($"{PathOf(entity)}/{id}").ShouldAnswerAsync(200);
        await administrator.PatchAsync($"{PathOf(entity)}/{id}", new JsonObject { [field] = "Changed " + id }, "*").ShouldAnswerAsync(200);

        string entry = await server.Database.ScalarAsync<string>(
            "SELECT concat_ws('|', doer_kind, old_values, new_values) FROM audit_entry WHERE subject_id = $1 AND action = $2", id, $"{name}.changed");
        entry.ShouldBe($$"""administrator|{"{{field}}":{{before[field]!.ToJsonString()}}}|{"{{field}}":"Changed {{id}}"}""");
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task Of_two_who_change_the_same_version_at_once_one_is_told_that_he_lost(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        ApiClient administrator = await server.AdministratorAsync();
        string path = $"{PathOf(entity)}/{await RegistryThings.NewAsync(server, entity)}";
        string tag = $"\"{(await administrator.GetAsync(path).ShouldAnswerAsync(200))["version"]}\"";
        string field = RegistryThings.ChangeableField(entity);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(
            n => administrator.PatchAsync(path, new JsonObject { [field] = $"Racer {Guid.NewGuid()}" }, tag)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, 412, 412, 412, 412, 412]);
    }

    [Theory]
    [MemberData(nameof(Archivable))]
    public async Task What_is_archived_is_out_of_the_list_and_comes_back(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        ApiClient administrator = await server.AdministratorAsync();
        string id = await RegistryThings.NewAsync(server, entity);
        string path = $"{PathOf(entity)}/{id}";
        await administrator.PostAsync($"{path}/archive", "{}").ShouldPointToAsync("");
        await administrator.PostAsync($"{path}/archive", """{"reason":" "}""").ShouldPointToAsync("/reason");

        JsonNode archived = await administrator.PostAsync($"{path}/archive", """{"reason":"It broke."}""").ShouldAnswerAsync(200);
        ((string?)archived["archive_reason"], archived["archived_at"] is null).ShouldBe(("It broke.", false));
        ((string?)archived["archived_by"]).ShouldStartWith("administrator:");
        await administrator.PatchAsync(path, new JsonObject(), "*").ShouldBeProblemAsync(409, "archived");
        (await ListedAsync(administrator, entity, "")).ShouldNotContain(id);
        (await ListedAsync(administrator, entity, "archived=true")).ShouldContain(id);
        (await ListedAsync(administrator, entity, "archived=any")).ShouldContain(id);
        JsonNode.DeepEquals(await administrator.PostAsync($"{path}/archive", """{"reason":"Twice."}""").ShouldAnswerAsync(200), archived).ShouldBeTrue();

        JsonNode restored = await administrator.PostAsync($"{path}/restore", "").ShouldAnswerAsync(200);
        (restored["archived_at"], restored["archived_by"], restored["archive_reason"]).ShouldBe((null, null, null));
        (await ListedAsync(administrator, entity, "")).ShouldContain(id);
        (await server.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE subject_id = $1 AND action IN ($2, $3)", id, $"{name}.archived", $"{name}.restored")).ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task What_has_not_changed_is_not_sent_again(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        ApiClient administrator = await server.AdministratorAsync();
        string path = $"{PathOf(entity)}/{await RegistryThings.NewAsync(server, entity)}";
        HttpResponseMessage first = await administrator.GetAsync(path);
        HttpRequestMessage again = new(HttpMethod.Get, new Uri(server.HttpAddress, path));
        again.Headers.Authorization = new("Bearer", administrator.Token);
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpClient http = new();
        using HttpResponseMessage answer = await http.SendAsync(again);
        ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Length).ShouldBe((304, 0));
    }

    internal static string PathOf(RegistryEntity entity) => $"/admin/api/v1/{entity.Path}";

    private static async Task<string[]> ListedAsync(ApiClient client, RegistryEntity entity, string query)
    {
        // The newest are on the first page.
        JsonNode page = await client.GetAsync($"{PathOf(entity)}?limit=200&sort=-id&{query}").ShouldAnswerAsync(200);
        return [.. page["items"]!.AsArray().Select(item => (string)item!["id"]!)];
    }
}

internal static class JsonObjects
{
    public static JsonObject With(this JsonObject json, string name, JsonNode? value)
    {
        json[name] = value;
        return json;
    }
}
