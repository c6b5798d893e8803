using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Bad input, for every entity and every field of it.</summary>
[Collection(ApiTests.Name)]
public sealed class RegistryRefusalTests(ApiServer server)
{
    public static TheoryData<string, string> Writable() => Fields(field => field.Write != FieldWrite.Never);

    public static TheoryData<string, string> Required() => Fields(field => field is { IsRequired: true, Write: not FieldWrite.Never });

    public static TheoryData<string, string> Fixed() => Fields(field => field.Write != FieldWrite.Always);

    [Theory]
    [MemberData(nameof(Writable))]
    public async Task A_value_that_cannot_be_is_refused_at_its_place(string name, string field)
    {
        RegistryEntity entity = Entities.Get(name);
        JsonObject body = await RegistryThings.BodyAsync(server, entity);
        foreach (string wrong in WrongValues(entity.Find(field)!))
            await SendAsync(entity, Encoding.UTF8.GetBytes(body.ToJsonString().Replace(Pair(field, body[field]), $"{Quoted(field)}:{wrong}"))).ShouldPointToAsync("/" + field);
    }

    [Theory]
    [MemberData(nameof(Required))]
    public async Task What_is_missing_is_named(string name, string field)
    {
        RegistryEntity entity = Entities.Get(name);
        JsonObject body = await RegistryThings.BodyAsync(server, entity);
        body.Remove(field);
        await SendAsync(entity, Encoding.UTF8.GetBytes(body.ToJsonString())).ShouldPointToAsync("/" + field);
        body[field] = null;
        await SendAsync(entity, Encoding.UTF8.GetBytes(body.ToJsonString())).ShouldPointToAsync("/" + field);
    }

    [Theory]
    [MemberData(nameof(Fixed))]
    public async Task What_cannot_be_changed_is_refused_in_a_change(string name, string field)
    {
        RegistryEntity entity = Entities.Get(name);
        JsonObject patch = new() { [field] = JsonNode.Parse(entity.Find(field)!.Example!) };
        await PatchAsync(entity, patch).ShouldPointToAsync("/" + field);
    }

    [Theory]
    [MemberData(nameof(RegistryPatternTests.Every), MemberType = typeof(RegistryPatternTests))]
    public async Task What_is_not_known_or_said_twice_is_refused(string name)
    {
        RegistryEntity entity = Entities.Get(name);
        await PatchAsync(entity, new JsonObject { ["favourite_colour"] = "red" }).ShouldPointToAsync("/favourite_colour");
        await PatchAsync(entity, new JsonObject { ["a/b~c"] = "red" }).ShouldPointToAsync("/a~1b~0c");
        foreach (string field in (string[])["created_at", "created_by", "version", "archived_at", "id"])
            await PatchAsync(entity, new JsonObject { [field] = "x" }).ShouldPointToAsync("/" + field);
        foreach (string text in (string[])["", "null", "[]", "5", "\"x\"", "{", "{} x", """{"name":"a","name":"b"}"""])
            (await SendAsync(HttpMethod.Patch, await OneAsync(entity), Encoding.UTF8.GetBytes(text)).ShouldBeProblemAsync(400, "invalid_request"))["errors"].ShouldNotBeNull();
        await SendAsync(HttpMethod.Patch, await OneAsync(entity), "{}"u8.ToArray(), "text/plain").ShouldBeProblemAsync(415, "unsupported_media_type");
    }

    [Theory]
    [MemberData(nameof(RegistryPatternTests.Every), MemberType = typeof(RegistryPatternTests))]
    public async Task A_query_that_cannot_be_is_refused_and_lists_nothing(string name)
    {
        string path = RegistryPatternTests.PathOf(Entities.Get(name));
        ApiClient administrator = await server.AdministratorAsync();
        string[] wrong =
        [
            "limit=0", "limit=201", "limit=x", "limit=1&limit=2", "count=maybe", "archived=perhaps", "sort=colour", "sort=version", "sort=", "q=", "q=--", "q=" + new string('a', 101),
            "updated_since=yesterday", "after=x", "after=%00", "sort=created_at&after=x", "sort=created_at&after=W10", "colour=red", "version=1", "Limit=5",
            "sort=created_at&after=" + System.Buffers.Text.Base64Url.EncodeToString("""["created_at","x","0198c0de-0000-7000-8000-000000000001"]"""u8),
        ];
        foreach (string query in wrong)
        {
            JsonObject problem = await administrator.GetAsync($"{path}?{query}").ShouldBeProblemAsync(400, "invalid_request");
            ((string?)problem["errors"]![0]!["pointer"]).ShouldBe(query.Split('&')[^1].Split('=')[0]);
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        JsonObject problem = await SendAsync(Entities.Site, """{"name":5,"time_zone":"Mars/Olympus","colour":"red"}"""u8.ToArray()).ShouldBeProblemAsync(400, "invalid_request");
        problem["errors"]!.AsArray().Select(error => (string?)error!["pointer"]).ShouldBe(["/name", "/time_zone", "/colour", "/organization"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_reference_to_nothing_to_a_stranger_s_and_to_what_is_archived_is_refused()
    {
        JsonObject gateway = await RegistryThings.BodyAsync(server, Entities.Gateway);
        gateway["site"] = Guid.CreateVersion7().ToString();
        await SendAsync(Entities.Gateway, Encoding.UTF8.GetBytes(gateway.ToJsonString())).ShouldPointToAsync("/site");

        string site = await RegistryThings.NewAsync(server, Entities.Site);
        await (await server.AdministratorAsync()).PostAsync($"/admin/api/v1/sites/{site}/archive", """{"reason":"Closed."}""").ShouldAnswerAsync(200);
        gateway["site"] = site;
        await SendAsync(Entities.Gateway, Encoding.UTF8.GetBytes(gateway.ToJsonString())).ShouldPointToAsync("/site");
    }

    [Fact]
    public async Task A_value_that_only_one_can_have_is_refused_by_its_name()
    {
        JsonNode made = await RegistryThings.CreateAsync(server, Entities.Manufacturer);
        JsonObject problem = await (await server.AdministratorAsync()).PostAsync("/admin/api/v1/manufacturers", new JsonObject { ["name"] = (string)made["name"]! })
            .ShouldBeProblemAsync(409, "already_taken");
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe("/name");
    }

    [Fact]
    public async Task The_model_that_stands_for_all_others_stays()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string path = "/admin/api/v1/device-models/01980000-0000-7000-8001-000000000000";
        await administrator.PostAsync($"{path}/archive", """{"reason":"Never used."}""").ShouldBeProblemAsync(409, "last_resort");
        await administrator.PatchAsync(path, new JsonObject { ["patterns"] = new JsonArray("nothing") }, "*").ShouldBeProblemAsync(409, "last_resort");
    }

    private static IEnumerable<string> WrongValues(RegistryField field)
    {
        yield return "{}";
        yield return field.Kind is FieldKind.Number or FieldKind.Decimal ? "\"5\"" : "5";
        if (field is { IsNullable: false, IsResetByNull: false }) yield return "null";
        switch (field.Kind)
        {
            case FieldKind.Text:
                yield return "true";
                yield return "\"\"";
                yield return "\"   \"";
                yield return $"\"{new string('A', field.CharsMax + 1)}\"";
                yield return "\"a\\u0000b\"";
                yield return "\"a\\u0007b\"";
                yield return "\"a\\ud800b\"";
                if (field.Choices is not null) yield return "\"something else\"";
                break;
            case FieldKind.Texts:
                yield return "\"x\"";
                yield return "[]";
                yield return "[5]";
                yield return "[null]";
                yield return "[\"a\\u0000\"]";
                yield return $"[\"{new string('a', field.CharsMax + 1)}\"]";
                yield return $"[{string.Join(',', Enumerable.Repeat("\"a\"", field.CountMax + 1))}]";
                yield return "[\"*\"]";
                break;
            case FieldKind.Id:
                yield return "\"x\"";
                yield return "\"00000000-0000-0000-0000-000000000000\"";
                yield return "\"0198c0de000070008000000000000001\"";
                break;
            case FieldKind.Number:
                yield return "1.5";
                yield return "-1";
                yield return "9007199254740993";
                break;
            case FieldKind.Decimal:
                yield return "1e999";
                yield return "\"NaN\"";
                if (field.Range.Min > double.MinValue) yield return "-1";
                break;
            case FieldKind.Date:
                foreach (string date in (string[])["", "tomorrow", "2026-02-30", "2026-3-2", "02.03.2026", "2026-03-02T00:00:00Z", " 2026-03-02", "1899-12-31", "3000-01-01", "a\\ud800b"])
                    yield return $"\"{date}\"";
                break;
            case FieldKind.Flag:
                yield return "\"true\"";
                break;
        }
    }

    private static TheoryData<string, string> Fields(Func<RegistryField, bool> which)
    {
        TheoryData<string, string> data = [];
        foreach (RegistryEntity entity in Entities.All.Where(entity => entity.Administrators.HasFlag(RegistryVerbs.Create)))
            foreach (RegistryField field in entity.Own.Where(which)) data.Add(entity.Name, field.Name);
        return data;
    }

    private static string Quoted(string name) => JsonValue.Create(name).ToJsonString();

    private static string Pair(string name, JsonNode? value) => $"{Quoted(name)}:{value?.ToJsonString() ?? "null"}";

    private async Task<string> OneAsync(RegistryEntity entity) => $"{RegistryPatternTests.PathOf(entity)}/{await RegistryThings.NewAsync(server, entity)}";

    private async Task<HttpResponseMessage> PatchAsync(RegistryEntity entity, JsonObject patch) =>
        await (await server.AdministratorAsync()).PatchAsync(await OneAsync(entity), patch, "*");

    private Task<HttpResponseMessage> SendAsync(RegistryEntity entity, byte[] body) => SendAsync(HttpMethod.Post, RegistryPatternTests.PathOf(entity), body);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[] body, string mediaType = "application/json")
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new(mediaType);
        return await (await server.AdministratorAsync()).SendAsync(method, path, content, "*");
    }
}
