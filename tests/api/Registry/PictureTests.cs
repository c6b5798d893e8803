using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Pictures of device models.</summary>
[Collection(ApiTests.Name)]
public sealed class PictureTests(ApiServer server)
{
    [Theory]
    [InlineData("image/png", "png")]
    [InlineData("image/jpeg", "jpeg")]
    [InlineData("image/webp", "webp")]
    public async Task A_picture_is_seen_as_it_was_sent_by_administrators_and_by_users(string mediaType, string ending)
    {
        byte[] bytes = mediaType switch { "image/png" => SamplePictures.Png, "image/jpeg" => SamplePictures.Jpeg, _ => SamplePictures.WebP };
        string id = await RegistryThings.NewAsync(server, Entities.DeviceModel);
        ApiClient administrator = await server.AdministratorAsync();
        JsonNode model = await SamplePictures.PutAsync(administrator, id, bytes, mediaType).ShouldAnswerAsync(200);
        ((bool)model["has_picture"]!, (long)model["version"]!).ShouldBe((true, 2));
        foreach ((ApiClient who, string path) in new[] { (administrator, SamplePictures.PathOf(id)), (await server.StrangerAsync(), $"/api/v1/device-models/{id}/picture") })
        {
            using HttpResponseMessage answer = await who.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
            (answer.Content.Headers.ContentType?.ToString()).ShouldBe(mediaType);
            (answer.Headers.ETag?.ToString()).ShouldBe($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            answer.Headers.CacheControl!.ToString().ShouldBe("max-age=3600, private");
            answer.Content.Headers.ContentDisposition!.ToString().ShouldBe($"inline; filename=\"{id}.{ending}\"");
        }
    }

    [Fact]
    public async Task Who_has_the_newest_picture_is_told_so_and_gets_no_bytes()
    {
        string id = await SamplePictures.NewAsync(server);
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(SamplePictures.Png))}\"";
        foreach (string known in (string[])[tag, $"\"other\", {tag}", "*"])
        {
            using HttpResponseMessage same = await GetAsync(id, known);
            (same.StatusCode, (await same.Content.ReadAsByteArrayAsync()).Length, same.Headers.ETag?.ToString()).ShouldBe((HttpStatusCode.NotModified, 0, tag), known);
        }

        (await GetAsync(id, "\"other\"")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_other_picture_is_a_version_of_the_model_and_an_entry_of_the_audit_and_the_same_one_is_neither()
    {
        string id = await RegistryThings.NewAsync(server, Entities.DeviceModel);
        ApiClient administrator = await server.AdministratorAsync();
        ((long)(await SamplePictures.PutAsync(administrator, id, SamplePictures.Png, "image/png", "\"1\"").ShouldAnswerAsync(200))["version"]!).ShouldBe(2);
        ((long)(await SamplePictures.PutAsync(administrator, id, SamplePictures.Png, "image/png", "\"2\"").ShouldAnswerAsync(200))["version"]!).ShouldBe(2);
        using HttpResponseMessage replaced = await SamplePictures.PutAsync(administrator, id, SamplePictures.Jpeg, "image/jpeg", "\"2\"");
        (replaced.Headers.ETag?.ToString()).ShouldBe("\"3\"");
        JsonNode removed = await RemoveAsync(id, "\"3\"").ShouldAnswerAsync(200);
        ((long)removed["version"]!, (bool)removed["has_picture"]!).ShouldBe((4, false));
        ((string?)removed["updated_by"]).ShouldStartWith("administrator:");
        await administrator.GetAsync(SamplePictures.PathOf(id)).ShouldBeProblemAsync(404, "not_found");
        ((long)(await RemoveAsync(id, "\"4\"").ShouldAnswerAsync(200))["version"]!).ShouldBe(4);

        string png = Described("image/png", SamplePictures.Png), jpeg = Described("image/jpeg", SamplePictures.Jpeg);
        (await server.Database.ScalarAsync<string>(
            "SELECT string_agg(concat_ws(' ', doer_kind, old_values, new_values), E'\\n' ORDER BY sequence) FROM audit_entry WHERE subject_id = $1 AND action = 'device_model.changed'", id))
            .ShouldBe($$"""
                administrator {"picture":null} {"picture":{{png}}}
                administrator {"picture":{{png}}} {"picture":{{jpeg}}}
                administrator {"picture":{{jpeg}}} {"picture":null}
                """);
    }

    [Fact]
    public async Task A_change_of_the_picture_says_which_version_of_the_model_it_changes()
    {
        string id = await SamplePictures.NewAsync(server);
        ApiClient administrator = await server.AdministratorAsync();
        await SamplePictures.PutAsync(administrator, id, SamplePictures.Jpeg, "image/jpeg", ifMatch: null).ShouldBeProblemAsync(428, "precondition_required");
        await RemoveAsync(id, null).ShouldBeProblemAsync(428, "precondition_required");
        foreach (Task<HttpResponseMessage> stale in new[] { SamplePictures.PutAsync(administrator, id, SamplePictures.Jpeg, "image/jpeg", "\"1\""), RemoveAsync(id, "\"1\"") })
            ((string?)(await stale.ShouldBeProblemAsync(412, "precondition_failed"))["current_etag"]).ShouldBe("\"2\"");
        await RemoveAsync(id, "x").ShouldPointToAsync("If-Match");

        HttpResponseMessage[] racing = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            SamplePictures.PutAsync(administrator, id, [.. SamplePictures.Jpeg, (byte)i], "image/jpeg", "\"2\"")));
        racing.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, 412, 412, 412]);
    }

    [Theory]
    [InlineData("image/svg+xml")]
    [InlineData("image/gif")]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("nonsense/x")]
    [InlineData(null)]
    public async Task What_is_no_PNG_JPEG_or_WebP_is_refused_by_its_type(string? mediaType)
    {
        byte[] svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"u8.ToArray();
        await PutNewAsync(svg, mediaType).ShouldBeProblemAsync(415, "unsupported_picture");
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("image/jpeg")]
    [InlineData("image/webp")]
    public async Task Bytes_that_are_not_of_the_type_are_refused(string mediaType)
    {
        byte[][] all = [SamplePictures.Png, SamplePictures.Jpeg, SamplePictures.WebP];
        byte[] right = mediaType switch { "image/png" => all[0], "image/jpeg" => all[1], _ => all[2] };
        int magic = mediaType switch { "image/png" => 8, "image/jpeg" => 3, _ => 12 };
        byte[][] wrong = [.. all.Where(bytes => bytes != right), [], right[..(magic - 1)], [0, .. right], "<svg/>"u8.ToArray()];
        foreach (byte[] bytes in wrong) await PutNewAsync(bytes, mediaType).ShouldBeProblemAsync(400, "not_a_picture");
    }

    [Fact]
    public async Task A_picture_that_is_too_large_is_refused_with_the_reason_whether_its_length_is_told_or_not()
    {
        byte[] largest = new byte[512 * 1024];
        SamplePictures.Png.CopyTo(largest, 0);
        await PutNewAsync(largest, "image/png").ShouldAnswerAsync(200);
        byte[] larger = [.. largest, 0];
        ((string?)(await PutNewAsync(larger, "image/png").ShouldBeProblemAsync(413, "too_large"))["detail"])!.ShouldContain("524288");

        string id = await RegistryThings.NewAsync(server, Entities.DeviceModel);
        StreamContent chunked = new(new Unmeasured(larger));
        chunked.Headers.ContentType = new("image/png");
        ((string?)(await (await server.AdministratorAsync()).SendAsync(HttpMethod.Put, SamplePictures.PathOf(id), chunked, "*").ShouldBeProblemAsync(413, "too_large"))["detail"])!
            .ShouldContain("524288");
    }

    [Fact]
    public async Task Of_a_model_that_there_is_not_there_is_no_picture_and_of_one_in_the_archive_it_can_be_seen_and_not_changed()
    {
        ApiClient administrator = await server.AdministratorAsync();
        string nobody = Guid.CreateVersion7().ToString();
        await administrator.GetAsync(SamplePictures.PathOf(nobody)).ShouldBeProblemAsync(404, "not_found");
        await SamplePictures.PutAsync(administrator, nobody, SamplePictures.Png, "image/png").ShouldBeProblemAsync(404, "not_found");
        await RemoveAsync(nobody, "*").ShouldBeProblemAsync(404, "not_found");
        await RemoveAsync("nonsense", "*").ShouldBeProblemAsync(400, "invalid_request");

        string id = await SamplePictures.NewAsync(server);
        await administrator.PostAsync($"/admin/api/v1/device-models/{id}/archive", """{"reason":"Not made any more."}""").ShouldAnswerAsync(200);
        await SamplePictures.PutAsync(administrator, id, SamplePictures.Jpeg, "image/jpeg").ShouldBeProblemAsync(409, "archived");
        await RemoveAsync(id, "*").ShouldBeProblemAsync(409, "archived");
        (await administrator.GetAsync(SamplePictures.PathOf(id))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static string Described(string mediaType, byte[] bytes) =>
        $$"""{"media_type":"{{mediaType}}","bytes":{{bytes.Length}},"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(bytes))}}"}""";

    private async Task<HttpResponseMessage> PutNewAsync(byte[] bytes, string? mediaType) => await SamplePictures.PutAsync(
        await server.AdministratorAsync(), await RegistryThings.NewAsync(server, Entities.DeviceModel), bytes, mediaType);

    private async Task<HttpResponseMessage> RemoveAsync(string id, string? ifMatch) =>
        await (await server.AdministratorAsync()).SendAsync(HttpMethod.Delete, SamplePictures.PathOf(id), ifMatch: ifMatch);

    private async Task<HttpResponseMessage> GetAsync(string id, string ifNoneMatch)
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        HttpRequestMessage request = new(HttpMethod.Get, $"/api/v1/device-models/{id}/picture");
        request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        request.Headers.Authorization = new("Bearer", (await server.OwnerAsync()).Token);
        return await http.SendAsync(request);
    }

    /// <summary>Bytes of which nobody says how many there are: they are sent in chunks.</summary>
    private sealed class Unmeasured(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
