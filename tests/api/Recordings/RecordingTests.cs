using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>Recordings that come in one request: sealed on the disk, read as they were, and nothing left of what was refused.</summary>
public sealed class RecordingTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private readonly ApiServer _server = recordings.Server;

    private string OfDevice => $"device={recordings.Device}";

    [Fact]
    public async Task A_film_is_read_as_it_was_sent_and_its_bytes_and_name_are_nowhere_in_the_clear()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] film = SampleRecordings.Film((3 * 1024 * 1024) + 17);
        byte[] frame = "a frame that shows a face"u8.ToArray();
        for (int at = 100; at < film.Length - frame.Length; at += 5000) frame.CopyTo(film, at);
        JsonNode stored = await SampleRecordings.SendAsync(owner, $"{OfDevice}&name=Anna%20M%C3%BCller.mp4", film, "video/mp4").ShouldAnswerAsync(201);
        ((string?)stored["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
        ((long?)stored["bytes"], (string?)stored["media_type"], (string?)stored["name"], (string?)stored["subject"]).ShouldBe((film.Length, "video/mp4", "Anna Müller.mp4", "device"));

        using HttpResponseMessage read = await owner.GetAsync($"{SampleRecordings.Path}/{stored["id"]}/content");
        (await read.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film).ShouldBeTrue();
        read.Headers.ETag!.Tag.ShouldBe($"\"{stored["sha256"]}\"");
        read.Content.Headers.ContentDisposition!.ToString().ShouldBe("attachment; filename=\"Anna M_ller.mp4\"; filename*=UTF-8''Anna%20M%C3%BCller.mp4");
        read.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        read.Headers.GetValues("Content-Security-Policy").Single().ShouldEndWith("sandbox");
        (read.Content.Headers.ContentType?.ToString(), read.Headers.AcceptRanges.Single()).ShouldBe(("video/mp4", "bytes"));

        JsonNode listed = await owner.GetAsync($"{SampleRecordings.Path}?{OfDevice}&limit=200").ShouldAnswerAsync(200);
        listed["items"]!.AsArray().Select(item => (string?)item!["name"]).ShouldContain("Anna Müller.mp4");
        await recordings.ShouldNotHoldAsync(frame);
        await recordings.ShouldNotHoldAsync("Anna"u8.ToArray());
        byte[] file = await File.ReadAllBytesAsync(recordings.Files().Single(path => new FileInfo(path).Length > film.Length));
        (await _server.Database.ScalarAsync<byte[]>("SELECT stored_hash FROM recording WHERE id = $1", Guid.Parse((string)stored["id"]!))).ShouldBe(SHA256.HashData(file));
    }

    [Fact]
    public async Task Any_range_can_be_asked_for()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] film = SampleRecordings.Film(400_000);
        string path = $"{SampleRecordings.Path}/{await SampleRecordings.AddAsync(owner, OfDevice, film, "video/mp4")}/content";
        foreach ((string asked, int from, int count) in ((string, int, int)[])[("0-0", 0, 1), ("65530-65545", 65530, 16), ("399999-", 399_999, 1), ("-70000", 330_000, 70_000), ("100-9999999", 100, 399_900), ("-9999999", 0, 400_000)])
        {
            using HttpResponseMessage part = await AskAsync(owner, path, ("Range", $"bytes={asked}"));
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent, asked);
            part.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes {from}-{from + count - 1}/400000");
            (await part.Content.ReadAsByteArrayAsync()).ShouldBe(film[from..(from + count)], asked);
        }

        await AskAsync(owner, path, ("Range", "bytes=400000-")).ShouldBeProblemAsync(416, "range_not_satisfiable");
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(film))}\"";
        (await AskAsync(owner, path, ("Range", "bytes=5-9"), ("If-Range", tag))).StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await AskAsync(owner, path, ("Range", "bytes=5-9"), ("If-Range", "\"another\""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(owner, path, ("Range", "bytes=5-9,20-30"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(owner, path, ("If-None-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Who_reads_is_in_the_audit_once_for_many_ranges()
    {
        string email = await _server.AddUserAsync("viewer");
        ApiClient viewer = await _server.UserAsync(email);
        RecordingId id = await SampleRecordings.AddAsync(await _server.OwnerAsync(), OfDevice, SampleRecordings.Png);
        for (int i = 0; i < 5; i++) await AskAsync(viewer, $"{SampleRecordings.Path}/{id}/content", ("Range", $"bytes={i}-"));
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.read' AND subject_id = $1", id.ToString())).ShouldBe(1);
    }

    [Fact]
    public async Task A_type_that_is_not_that_of_the_content_is_refused_and_nothing_remains()
    {
        ApiClient owner = await _server.OwnerAsync();
        var before = await recordings.RemainsAsync();
        await SampleRecordings.SendAsync(owner, OfDevice, SampleRecordings.Png, "image/jpeg").ShouldBeProblemAsync(415, "recording_type_mismatch");
        await SampleRecordings.SendAsync(owner, OfDevice, SampleRecordings.Film(2_000_000), "application/pdf").ShouldBeProblemAsync(415, "recording_type_mismatch");
        await SampleRecordings.SendAsync(owner, OfDevice, "<html>"u8.ToArray(), "text/html").ShouldBeProblemAsync(415, "unsupported_recording");
        await recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task Of_a_solid_the_number_of_triangles_must_agree_with_its_length()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] solid = new byte[84 + (50 * 3)];
        solid[80] = 3;
        await SampleRecordings.SendAsync(owner, OfDevice, solid, "model/stl").ShouldAnswerAsync(201);
        await SampleRecordings.SendAsync(owner, OfDevice, solid[..^1], "model/stl").ShouldBeProblemAsync(415, "recording_type_mismatch");
        await SampleRecordings.SendAsync(owner, OfDevice, "solid part\nfacet normal 0 0 1\nendsolid part\n"u8.ToArray(), "model/stl").ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task A_wrong_checksum_is_told_and_nothing_remains()
    {
        ApiClient owner = await _server.OwnerAsync();
        var before = await recordings.RemainsAsync();
        foreach (string digest in (string[])[$"sha-256=:{Convert.ToBase64String(new byte[32])}:", $"sha-512=:AA==:, sha-256=:{Convert.ToBase64String(SHA256.HashData("x"u8))}:"])
            await SendAsync(owner, digest).ShouldBeProblemAsync(400, "checksum_mismatch");
        foreach (string unread in (string[])["sha-256=:short:", $"sha-256={Convert.ToBase64String(new byte[32])}", "SHA-256=abc", "sha-256="])
            await SendAsync(owner, unread).ShouldPointToAsync("Content-Digest");
        await recordings.ShouldRemainAsync(before);
        await SendAsync(owner, $"sha-256=:{Convert.ToBase64String(SHA256.HashData(SampleRecordings.Png))}:").ShouldAnswerAsync(201);
    }

    [Theory]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("..")]
    [InlineData("C%3A%5Cfilm.mp4")]
    [InlineData("a%00b")]
    [InlineData("a%0D%0Ab")]
    [InlineData("%E2%80%AEgpj.exe")]
    [InlineData("a%E2%81%A6b")]
    public async Task A_name_with_a_path_with_control_characters_or_with_what_turns_its_letters_round_is_refused(string name) =>
        await SampleRecordings.SendAsync(await _server.OwnerAsync(), $"{OfDevice}&name={name}", SampleRecordings.Png).ShouldPointToAsync("name");

    [Theory]
    [InlineData("crown.exe", "crown.exe.png")]
    [InlineData("crown", "crown.png")]
    [InlineData("Crown.PNG", "Crown.PNG")]
    [InlineData("crown.png.", "crown.png..png")]
    public async Task What_is_saved_ends_as_its_content_does_whatever_it_was_called(string name, string saved)
    {
        ApiClient owner = await _server.OwnerAsync();
        JsonNode stored = await SampleRecordings.SendAsync(owner, $"{OfDevice}&name={name}", SampleRecordings.Png).ShouldAnswerAsync(201);
        ((string?)stored["name"]).ShouldBe(name);
        using HttpResponseMessage read = await owner.GetAsync($"{SampleRecordings.Path}/{stored["id"]}/content");
        read.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe(saved);
    }

    [Theory]
    [InlineData("image/png; charset=us-ascii")]
    [InlineData("IMAGE/PNG")]
    public async Task What_is_said_beside_the_type_does_not_matter(string contentType)
    {
        using ByteArrayContent body = new(SampleRecordings.Png);
        body.Headers.TryAddWithoutValidation("Content-Type", contentType).ShouldBeTrue();
        await (await _server.OwnerAsync()).SendAsync(HttpMethod.Post, $"{SampleRecordings.Path}?{OfDevice}", body).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task What_it_is_of_must_be_said_once_and_be_there()
    {
        ApiClient owner = await _server.OwnerAsync();
        await SampleRecordings.SendAsync(owner, "", SampleRecordings.Png).ShouldPointToAsync("step");
        await SampleRecordings.SendAsync(owner, $"{OfDevice}&job={Guid.CreateVersion7()}", SampleRecordings.Png).ShouldPointToAsync("step");
        foreach (string kind in (string[])["step", "device", "job", "case"])
            await SampleRecordings.SendAsync(owner, $"{kind}={Guid.CreateVersion7()}", SampleRecordings.Png).ShouldBeProblemAsync(404, "not_found");
        JsonObject step = await recordings.Gateway.AddStepAsync(recordings.Device);
        await SampleRecordings.SendAsync(owner, $"step={step["id"]}", SampleRecordings.Png).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task A_sender_that_breaks_off_leaves_nothing()
    {
        ApiClient owner = await _server.OwnerAsync();
        var before = await recordings.RemainsAsync();
        byte[] film = SampleRecordings.Film(2_000_000);
        using (TcpClient connection = await recordings.BeginAsync(owner, "POST", $"{SampleRecordings.Path}?{OfDevice}", film.Length, film[..1_500_000], "Content-Type: video/mp4"))
            await Task.Delay(300);
        await recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task More_than_a_recording_can_have_is_refused_before_and_while_it_comes()
    {
        ApiClient owner = await _server.OwnerAsync();
        var before = await recordings.RemainsAsync();
        byte[] film = SampleRecordings.Film((8 * 1024 * 1024) + 1);
        await SampleRecordings.SendAsync(owner, OfDevice, film, "video/mp4").ShouldBeProblemAsync(413, "too_large");
        StreamContent unknown = new(new MemoryStream(film));
        unknown.Headers.ContentType = new MediaTypeHeaderValue("video/mp4");
        unknown.Headers.ContentLength = null;
        using HttpRequestMessage request = new(HttpMethod.Post, $"{SampleRecordings.Path}?{OfDevice}") { Content = unknown };
        (request.Headers.TransferEncodingChunked, request.Headers.ExpectContinue) = (true, true);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", owner.Token);
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        await http.SendAsync(request).ShouldBeProblemAsync(413, "too_large");
        await recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task A_gateway_brings_what_is_of_its_own_site()
    {
        const string Path = "/gateway/api/v1/recordings";
        await SampleRecordings.SendAsync(recordings.Gateway.Api, OfDevice, SampleRecordings.Png, path: Path).ShouldAnswerAsync(201);
        TestGateway foreign = await _server.AddGatewayAsync(_server.Other);
        await SampleRecordings.SendAsync(foreign.Api, OfDevice, SampleRecordings.Png, path: Path).ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_plan_without_room_refuses_and_nothing_remains()
    {
        Shop shop = await _server.AddShopAsync("Small");
        TestGateway gateway = await _server.AddGatewayAsync(shop);
        string device = $"device={await gateway.AddDeviceAsync()}";
        await _server.Database.ExecuteAsync("INSERT INTO plan (name, recordings_max, recording_bytes_max) VALUES ('small', 2, 1000)");
        await _server.Database.ExecuteAsync("UPDATE organization SET plan = 'small' WHERE id = $1", shop.Organization.Value);
        ApiClient owner = await _server.UserAsync(shop.OwnerEmail);
        var before = await recordings.RemainsAsync();
        JsonObject tooMuch = await SampleRecordings.SendAsync(owner, device, SampleRecordings.Film(1001), "video/mp4").ShouldBeProblemAsync(403, "quota_reached");
        ((string?)tooMuch["quota"]!["kind"], (long?)tooMuch["quota"]!["used"]).ShouldBe(("recording_bytes", 0));
        await recordings.ShouldRemainAsync(before);
        RecordingId first = await SampleRecordings.AddAsync(owner, device, SampleRecordings.Png);
        await SampleRecordings.AddAsync(owner, device, SampleRecordings.Png);
        JsonObject tooMany = await SampleRecordings.SendAsync(owner, device, SampleRecordings.Png).ShouldBeProblemAsync(403, "quota_reached");
        ((string?)tooMany["quota"]!["kind"], (long?)tooMany["quota"]!["used"]).ShouldBe(("recordings", 2));
        await owner.SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{first}").ShouldAnswerAsync(204);
        await SampleRecordings.AddAsync(owner, device, SampleRecordings.Png);
    }

    [Fact]
    public async Task What_is_destroyed_has_neither_key_nor_bytes_any_more()
    {
        ApiClient owner = await _server.OwnerAsync();
        var before = await recordings.RemainsAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Png);
        await owner.SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(204);
        await owner.GetAsync($"{SampleRecordings.Path}/{id}/content").ShouldBeProblemAsync(404, "not_found");
        (await recordings.RemainsAsync()).ShouldBe(before);
        (await _server.Database.ScalarAsync<string>("SELECT old_values->>'media_type' FROM audit_entry WHERE action = 'recording.deleted' AND subject_id = $1", id.ToString())).ShouldBe("image/png");
    }

    [Fact]
    public async Task A_chunk_that_was_altered_on_the_disk_is_named_and_not_given()
    {
        ApiClient owner = await _server.OwnerAsync();
        HashSet<string> before = [.. recordings.Files()];
        RecordingId id = await SampleRecordings.AddAsync(owner, OfDevice, SampleRecordings.Film(300_000), "video/mp4");
        string file = recordings.Files().Except(before).ShouldHaveSingleItem();
        using (FileStream stored = new(file, FileMode.Open, FileAccess.ReadWrite))
        {
            stored.Position = 140_000;
            int old = stored.ReadByte();
            stored.Position = 140_000;
            stored.WriteByte((byte)(old ^ 1));
        }

        JsonObject problem = await AskAsync(owner, $"{SampleRecordings.Path}/{id}/content", ("Range", "bytes=131072-131100")).ShouldBeProblemAsync(500, "recording_damaged");
        ((string?)problem["detail"]).ShouldBe("Chunk 2 was altered.");
    }

    private async Task<HttpResponseMessage> AskAsync(ApiClient reader, string path, params (string Name, string Value)[] headers)
    {
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", reader.Token);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        return await http.SendAsync(request);
    }

    private Task<HttpResponseMessage> SendAsync(ApiClient sender, string digest)
    {
        ByteArrayContent body = SampleRecordings.Body(SampleRecordings.Png, "image/png");
        body.Headers.TryAddWithoutValidation("Content-Digest", digest);
        return sender.SendAsync(HttpMethod.Post, $"{SampleRecordings.Path}?{OfDevice}", body);
    }
}
