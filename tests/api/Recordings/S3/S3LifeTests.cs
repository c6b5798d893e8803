using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Amazon.S3;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>The life of recordings whose place is a service that speaks S3.</summary>
public sealed class S3LifeTests(S3RecordingServer recordings) : IClassFixture<S3RecordingServer>
{
    private const int MiB = 1024 * 1024;

    private readonly ApiServer _server = recordings.Server;

    [Fact]
    public async Task The_service_of_these_tests_refuses_a_wrong_signature()
    {
        using AmazonS3Client stranger = S3Server.ClientOf(recordings.S3.Address, "another secret");
        AmazonS3Exception refused = await Should.ThrowAsync<AmazonS3Exception>(() => stranger.ListObjectsAsync(S3Server.Bucket));
        (refused.StatusCode, refused.ErrorCode).ShouldBe((HttpStatusCode.Forbidden, "SignatureDoesNotMatch"));
    }

    [Fact]
    public async Task What_comes_whole_and_in_pieces_is_moved_there_and_read_as_it_was_sent()
    {
        ApiClient owner = await _server.OwnerAsync();
        byte[] small = SampleRecordings.Film((3 * MiB) + 17), large = SampleRecordings.Film((12 * MiB) + 5);
        byte[] frame = "a frame that shows a face"u8.ToArray();
        foreach (byte[] film in (byte[][])[small, large])
        {
            for (int at = 100; at < film.Length - frame.Length; at += 5000) frame.CopyTo(film, at);
        }

        RecordingId first = await recordings.AddAsync(small);
        TusClient tus = new(owner);
        string upload = await tus.CreateAsync(large.Length, TusClient.Metadata(recordings.Device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, large[..5_000_001])).ShouldBe(5_000_001);
        TusClient.Offset(await tus.PatchAsync(upload, 5_000_001, large[5_000_001..])).ShouldBe(large.Length);
        RecordingId second = RecordingId.Parse(TusClient.IdOf(upload), null);
        await recordings.ShouldMoveAsync(second);
        await Eventually.HoldsAsync(() => Task.FromResult(recordings.Files().Length == 0), "nothing stays in the folder");

        foreach ((RecordingId id, byte[] film) in ((RecordingId, byte[])[])[(first, small), (second, large)])
        {
            (await recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
            byte[] stored = await recordings.S3.ReadAsync(await recordings.KeyOfAsync(id));
            (await _server.Database.ScalarAsync<byte[]>("SELECT stored_hash FROM recording WHERE id = $1", id.Value)).ShouldBe(SHA256.HashData(stored));
            JsonNode told = await owner.GetAsync($"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(200);
            ((string?)told["sha256"]).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(film)));
        }

        (await recordings.S3.UploadsAsync()).ShouldBeEmpty();
        foreach (string file in Directory.GetFiles(recordings.S3.Folder, "*", SearchOption.AllDirectories))
        {
            // The service goes on working with its files, and locks some: they are shared with it.
            await using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            bytes.AsSpan().IndexOf(frame).ShouldBe(-1, file);
        }
    }

    [Fact]
    public async Task A_range_asks_the_service_for_the_chunks_that_it_needs_and_no_more()
    {
        byte[] film = SampleRecordings.Film(12 * MiB);
        RecordingId id = await recordings.AddAsync(film);
        foreach ((int from, int count) in ((int, int)[])[(0, 1), (9 * MiB, 16), ((64 * 1024 * 20) - 8, 16), (film.Length - 5, 5), (3 * MiB, 6 * MiB)])
        {
            long before = recordings.Gate.BytesGiven;
            using HttpResponseMessage part = await RangeAsync(id, from, from + count - 1);
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            (await part.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film.AsSpan(from, count)).ShouldBeTrue();
            int chunks = ((from + count - 1) / 65536) - (from / 65536) + 1;
            // What is looked for that belongs to nothing passes too: lists of a few hundred bytes.
            (recordings.Gate.BytesGiven - before).ShouldBeInRange(count, (chunks * 65600L) + 20_000);
        }
    }

    [Fact]
    public async Task What_is_destroyed_and_what_is_of_an_erased_case_goes_there_too()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId destroyed = await recordings.AddAsync(SampleRecordings.Film(100_000));
        string key = await recordings.KeyOfAsync(destroyed);
        (await recordings.S3.KeysAsync()).ShouldContain(key);
        await owner.SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{destroyed}").ShouldAnswerAsync(204);
        (await recordings.S3.KeysAsync()).ShouldNotContain(key);

        string address = await CaseRequests.NewAsync(_server);
        await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        RecordingId ofCase = await SampleRecordings.AddAsync(owner, $"case={address.Split('/')[^1]}", SampleRecordings.Png);
        await recordings.ShouldMoveAsync(ofCase);
        string keyOfCase = await recordings.KeyOfAsync(ofCase);
        await owner.PostAsync(address + "/erase", new JsonObject { ["reason"] = "requested" }).ShouldAnswerAsync(200);
        await Eventually.HoldsAsync(async () => !(await recordings.S3.KeysAsync()).Contains(keyOfCase), "nobody could read it any more");
        await owner.GetAsync($"{SampleRecordings.Path}/{ofCase}").ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_withdrawn_consent_breaks_a_running_download_off()
    {
        ApiClient owner = await _server.OwnerAsync();
        string address = await CaseRequests.NewAsync(_server);
        JsonNode consent = await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);
        RecordingId id = await SampleRecordings.AddAsync(owner, $"case={address.Split('/')[^1]}", SampleRecordings.Film(20 * MiB), "video/mp4");
        await recordings.ShouldMoveAsync(id);
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", owner.Token);
        using HttpResponseMessage read = await http.GetAsync($"{SampleRecordings.Path}/{id}/content", HttpCompletionOption.ResponseHeadersRead);
        await using Stream content = await read.Content.ReadAsStreamAsync();
        await content.ReadExactlyAsync(new byte[MiB]);
        await owner.PostAsync($"{address}/consents/{consent["id"]}/withdraw", new JsonObject { ["form"] = "email" }).ShouldAnswerAsync(200);
        await Task.Delay(1000);
        await Should.ThrowAsync<Exception>(() => content.ReadExactlyAsync(new byte[19 * MiB]).AsTask());
    }

    private async Task<HttpResponseMessage> RangeAsync(RecordingId id, long from, long to)
    {
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        using HttpRequestMessage request = new(HttpMethod.Get, $"{SampleRecordings.Path}/{id}/content") { Headers = { Range = new RangeHeaderValue(from, to) } };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await _server.OwnerAsync()).Token);
        return await http.SendAsync(request);
    }
}
