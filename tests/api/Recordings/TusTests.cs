using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>Uploads that can be gone on with, as tus 1.0.0 has them.</summary>
public sealed class TusTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private const string Path = "/api/tus/v1/recordings";

    private readonly ApiServer _server = recordings.Server;

    [Fact]
    public async Task An_upload_in_pieces_of_any_length_becomes_the_recording_that_was_meant()
    {
        TusClient tus = new(await _server.OwnerAsync());
        byte[] film = SampleRecordings.Film(700_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        long at = 0;
        foreach (int length in (int[])[10, 0, 5_000, 65_536 - 5_010, 1, 300_000, 65_535, 262_144, 20_000_000])
        {
            int count = (int)Math.Min(length, film.Length - at);
            using HttpResponseMessage answer = await tus.PatchAsync(upload, at, film[(int)at..(int)(at + count)]);
            TusClient.Offset(answer).ShouldBe(at += count);
            answer.Headers.GetValues("Tus-Resumable").ShouldBe(["1.0.0"]);
            (await tus.OffsetAsync(upload)).ShouldBe(at);
        }

        ApiClient owner = await _server.OwnerAsync();
        JsonNode stored = await owner.GetAsync($"{SampleRecordings.Path}/{TusClient.IdOf(upload)}").ShouldAnswerAsync(200);
        ((string?)stored["sha256"], (string?)stored["name"]).ShouldBe((Convert.ToHexStringLower(SHA256.HashData(film)), "film.mp4"));
        using HttpResponseMessage read = await owner.GetAsync($"{SampleRecordings.Path}/{TusClient.IdOf(upload)}/content");
        (await read.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film).ShouldBeTrue();
        byte[] file = await File.ReadAllBytesAsync(recordings.Files().Single(path => new FileInfo(path).Length is > 700_000 and < 710_000));
        (await _server.Database.ScalarAsync<byte[]>("SELECT stored_hash FROM recording WHERE id = $1", Guid.Parse(TusClient.IdOf(upload)))).ShouldBe(SHA256.HashData(file));
    }

    [Fact]
    public async Task What_is_offered_is_told()
    {
        using HttpResponseMessage answer = await new TusClient(await _server.OwnerAsync()).SendAsync("OPTIONS", Path, null);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Tus-Version").ShouldBe(["1.0.0"]);
        answer.Headers.GetValues("Tus-Extension").ShouldBe(["creation,termination,checksum,expiration"]);
        answer.Headers.GetValues("Tus-Max-Size").ShouldBe([$"{8 * 1024 * 1024}"]);
        answer.Headers.GetValues("Tus-Checksum-Algorithm").ShouldBe(["sha256,sha1"]);
    }

    [Fact]
    public async Task Whoever_does_not_keep_to_the_protocol_is_told()
    {
        TusClient tus = new(await _server.OwnerAsync());
        string metadata = TusClient.Metadata(recordings.Device);
        using HttpResponseMessage other = await tus.SendAsync("POST", Path, null, ("Tus-Resumable", "0.2.2"), ("Upload-Length", "5"), ("Upload-Metadata", metadata));
        ((int)other.StatusCode, other.Headers.GetValues("Tus-Version").Single()).ShouldBe((412, "1.0.0"));
        await tus.SendAsync("POST", Path, null, ("Upload-Metadata", metadata)).ShouldPointToAsync("Upload-Length");
        await tus.SendAsync("POST", Path, null, ("Upload-Length", "-5"), ("Upload-Metadata", metadata)).ShouldPointToAsync("Upload-Length");
        await tus.SendAsync("POST", Path, null, ("Upload-Length", "5"), ("Upload-Metadata", "filetype !!!")).ShouldPointToAsync("Upload-Metadata");
        await tus.SendAsync("POST", Path, null, ("Upload-Length", "5"), ("Upload-Metadata", TusClient.Metadata(recordings.Device, name: "../film.mp4"))).ShouldPointToAsync("Upload-Metadata");
        await tus.SendAsync("POST", Path, null, ("Upload-Length", "5"), ("Upload-Metadata", TusClient.Metadata(recordings.Device, "text/html"))).ShouldBeProblemAsync(415, "unsupported_recording");
        await tus.SendAsync("POST", Path, null, ("Upload-Length", "99999999"), ("Upload-Metadata", metadata)).ShouldBeProblemAsync(413, "too_large");

        string upload = await tus.CreateAsync(100, metadata);
        await tus.PatchAsync(upload, 7, [1]).ShouldBeProblemAsync(409, "offset_mismatch");
        await tus.PatchAsync(upload, 0, [1], ("Upload-Checksum", "md5 AAAA")).ShouldPointToAsync("Upload-Checksum");
        await (await _server.OwnerAsync()).SendAsync(HttpMethod.Patch, upload, new ByteArrayContent([1])).ShouldBeProblemAsync(412, "tus_version");
        await tus.PatchAsync(upload, 0, SampleRecordings.Film(101)).ShouldBeProblemAsync(413, "too_large");
        (await tus.OffsetAsync(upload)).ShouldBe(0);
        await new TusClient(await _server.UserAsync(await _server.AddUserAsync())).PatchAsync(upload, 0, [1]).ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_piece_with_a_wrong_checksum_does_not_count()
    {
        TusClient tus = new(await _server.OwnerAsync());
        byte[] film = SampleRecordings.Film(200_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, film[..100_000], ("Upload-Checksum", $"sha1 {Sha1(film[..100_000])}"))).ShouldBe(100_000);
        await tus.PatchAsync(upload, 100_000, new byte[100_000], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(film.AsSpan(100_000)))}"))
            .ShouldBeProblemAsync(460, "checksum_mismatch");
        (await tus.OffsetAsync(upload)).ShouldBe(100_000);
        TusClient.Offset(await tus.PatchAsync(upload, 100_000, film[100_000..], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(film.AsSpan(100_000)))}"))).ShouldBe(200_000);
        JsonNode stored = await (await _server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{TusClient.IdOf(upload)}").ShouldAnswerAsync(200);
        ((string?)stored["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
    }

    private static string Sha1(byte[] bytes)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(bytes);
        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    [Fact]
    public async Task What_came_before_a_sender_broke_off_is_kept_sealed_and_gone_on_from()
    {
        ApiClient owner = await _server.OwnerAsync();
        TusClient tus = new(owner);
        byte[] film = SampleRecordings.Film(1_000_000);
        byte[] frame = "a frame that shows a face"u8.ToArray();
        for (int at = 100; at < film.Length - frame.Length; at += 3000) frame.CopyTo(film, at);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        using (await recordings.BeginAsync(
            owner, "PATCH", upload, film.Length, film[..345_678], "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"))
        {
            await Task.Delay(300);
            // One request at a time writes it.
            await tus.PatchAsync(upload, 0, film[..1]).ShouldBeProblemAsync(423, "upload_is_written");
        }

        await Eventually.HoldsAsync(async () => await tus.OffsetAsync(upload) == 345_678, "what came is kept");
        await recordings.ShouldNotHoldAsync(frame);
        TusClient.Offset(await tus.PatchAsync(upload, 345_678, film[345_678..])).ShouldBe(film.Length);
        JsonNode stored = await owner.GetAsync($"{SampleRecordings.Path}/{TusClient.IdOf(upload)}").ShouldAnswerAsync(200);
        ((string?)stored["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
    }

    [Fact]
    public async Task A_writer_that_was_given_up_leaves_the_file_to_whoever_has_it_now()
    {
        ApiClient owner = await _server.OwnerAsync();
        TusClient tus = new(owner);
        byte[] film = SampleRecordings.Film(900_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        Guid id = Guid.Parse(TusClient.IdOf(upload));
        string name = await _server.Database.ScalarAsync<string>("SELECT stored_name FROM recording WHERE id = $1", id);
        using TcpClient slow = await recordings.BeginAsync(
            owner, "PATCH", upload, film.Length, film[..800_000], "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream",
            $"Upload-Checksum: sha256 {Convert.ToBase64String(SHA256.HashData("something else"u8))}");
        long Written() => recordings.Files().Where(path => path.Contains(name, StringComparison.Ordinal)).Sum(path => new FileInfo(path).Length);
        await Eventually.HoldsAsync(() => Task.FromResult(Written() > 100_000), "some of it is written");
        await _server.Database.ExecuteAsync("UPDATE recording SET writer = gen_random_uuid() WHERE id = $1", id);
        await slow.GetStream().WriteAsync(film.AsMemory(800_000));
        byte[] answer = new byte[1000];
        Encoding.ASCII.GetString(answer, 0, await slow.GetStream().ReadAsync(answer)).ShouldStartWith("HTTP/1.1 460 ");
        Written().ShouldBeGreaterThan(100_000);
        (await _server.Database.ScalarAsync<bool>("SELECT writer IS NOT NULL FROM recording WHERE id = $1", id)).ShouldBeTrue();
        await _server.Database.ExecuteAsync("UPDATE recording SET writer = NULL, writer_until = NULL WHERE id = $1", id);
        ((int)(await tus.SendAsync("DELETE", upload, null)).StatusCode).ShouldBe(204);
    }

    [Fact]
    public async Task A_lying_type_ends_the_upload_and_nothing_remains()
    {
        TusClient tus = new(await _server.OwnerAsync());
        var before = await recordings.RemainsAsync();
        string upload = await tus.CreateAsync(10_000, TusClient.Metadata(recordings.Device, "image/png"));
        TusClient.Offset(await tus.PatchAsync(upload, 0, new byte[100])).ShouldBe(100);
        await tus.PatchAsync(upload, 100, new byte[5000]).ShouldBeProblemAsync(415, "recording_type_mismatch");
        ((int)(await tus.SendAsync("HEAD", upload, null)).StatusCode).ShouldBe(404);
        await recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task An_upload_that_is_ended_leaves_nothing()
    {
        TusClient tus = new(await _server.OwnerAsync());
        var before = await recordings.RemainsAsync();
        string upload = await tus.CreateAsync(500_000, TusClient.Metadata(recordings.Device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, SampleRecordings.Film(100_000))).ShouldBe(100_000);
        ((int)(await tus.SendAsync("DELETE", upload, null)).StatusCode).ShouldBe(204);
        ((int)(await tus.SendAsync("HEAD", upload, null)).StatusCode).ShouldBe(404);
        await tus.PatchAsync(upload, 100_000, [1]).ShouldBeProblemAsync(404, "not_found");
        await recordings.ShouldRemainAsync(before);
    }

    [Fact]
    public async Task A_gateway_can_go_on_too()
    {
        TusClient tus = new(recordings.Gateway.Api, "/gateway/api/tus/v1/recordings");
        byte[] film = SampleRecordings.Film(100_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, film[..50_000])).ShouldBe(50_000);
        TusClient.Offset(await tus.PatchAsync(upload, 50_000, film[50_000..])).ShouldBe(100_000);
        JsonNode stored = await (await _server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{TusClient.IdOf(upload)}").ShouldAnswerAsync(200);
        ((string?)stored["created_by"]).ShouldBe($"gateway:{recordings.Gateway.Id}");
    }
}
