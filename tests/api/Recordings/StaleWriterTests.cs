using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>A writer that was stopped for longer than it is waited for, and wakes up while another writes the same upload, or has ended it.</summary>
public sealed class StaleWriterTests(RecordingServer recordings) : IClassFixture<RecordingServer>
{
    private readonly ApiServer _server = recordings.Server;

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    [InlineData(300_001)]
    public async Task It_changes_nothing_of_what_is_stored(int acknowledged)
    {
        ApiClient owner = await _server.OwnerAsync();
        TusClient tus = new(owner);
        byte[] film = SampleRecordings.Film(2_000_000), others = SampleRecordings.Film(2_000_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        Guid id = Guid.Parse(TusClient.IdOf(upload));
        if (acknowledged > 0) TusClient.Offset(await tus.PatchAsync(upload, 0, film[..acknowledged])).ShouldBe(acknowledged);
        string first = await NameAsync(id);

        using TcpClient stale = await BeginStaleAsync(owner, upload, acknowledged, others, until: 900_000);
        await Eventually.HoldsAsync(() => Task.FromResult(LengthOf(first) > acknowledged + 300_000), "some of it is written");
        await ExpireAsync(id);

        TusClient.Offset(await tus.PatchAsync(upload, acknowledged, film[acknowledged..1_200_000])).ShouldBe(1_200_000);
        (await NameAsync(id)).ShouldNotBe(first);
        LengthOf(first).ShouldBe(0);
        await stale.GetStream().WriteAsync(others.AsMemory(900_000, 500_000));
        await Task.Delay(300);
        TusClient.Offset(await tus.PatchAsync(upload, 1_200_000, film[1_200_000..])).ShouldBe(film.Length);
        await stale.GetStream().WriteAsync(others.AsMemory(1_400_000));
        byte[] answer = new byte[1000];
        Encoding.ASCII.GetString(answer, 0, await stale.GetStream().ReadAsync(answer)).ShouldNotStartWith("HTTP/1.1 2");

        using HttpResponseMessage read = await owner.GetAsync($"{SampleRecordings.Path}/{id}/content");
        (await read.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film).ShouldBeTrue();
        string name = await NameAsync(id);
        byte[] stored = await File.ReadAllBytesAsync(recordings.Files().Single(path => path.EndsWith(name, StringComparison.Ordinal)));
        (await _server.Database.ScalarAsync<byte[]>("SELECT stored_hash FROM recording WHERE id = $1", id)).ShouldBe(SHA256.HashData(stored));
        LengthOf(first).ShouldBe(0);
        (await _server.Database.ScalarAsync<bool>("SELECT copied_from IS NULL FROM recording WHERE id = $1", id)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_takeover_that_does_not_get_to_its_end_loses_nothing_and_the_next_one_copies_anew()
    {
        ApiClient owner = await _server.OwnerAsync();
        TusClient tus = new(owner);
        byte[] film = SampleRecordings.Film(500_000);
        string upload = await tus.CreateAsync(film.Length, TusClient.Metadata(recordings.Device));
        Guid id = Guid.Parse(TusClient.IdOf(upload));
        TusClient.Offset(await tus.PatchAsync(upload, 0, film[..300_000])).ShouldBe(300_000);
        string first = await NameAsync(id);
        // As a server leaves it that dies in the middle of the copy: some of it is there.
        string half = new('b', 32), folder = Path.Combine(recordings.Data, "recordings", "bb", "bb");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, half + ".part"), "half a copy");
        await _server.Database.ExecuteAsync(
            "UPDATE recording SET writer = gen_random_uuid(), writer_until = now() - interval '1 second', copied_from = stored_name, stored_name = $2 WHERE id = $1", id, half);
        TusClient.Offset(await tus.PatchAsync(upload, 300_000, film[300_000..])).ShouldBe(film.Length);
        (await NameAsync(id)).ShouldNotBe(half);
        LengthOf(first).ShouldBe(0);
        using HttpResponseMessage read = await owner.GetAsync($"{SampleRecordings.Path}/{id}/content");
        (await read.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task An_upload_that_is_ended_in_the_middle_of_a_takeover_leaves_neither_file()
    {
        TusClient tus = new(await _server.OwnerAsync());
        string upload = await tus.CreateAsync(500_000, TusClient.Metadata(recordings.Device));
        Guid id = Guid.Parse(TusClient.IdOf(upload));
        TusClient.Offset(await tus.PatchAsync(upload, 0, SampleRecordings.Film(300_000))).ShouldBe(300_000);
        string first = await NameAsync(id), copy = new('c', 32), folder = Path.Combine(recordings.Data, "recordings", "cc", "cc");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, copy + ".part"), "half a copy");
        await _server.Database.ExecuteAsync("UPDATE recording SET copied_from = stored_name, stored_name = $2 WHERE id = $1", id, copy);
        ((int)(await tus.SendAsync("DELETE", upload, null)).StatusCode).ShouldBe(204);
        (LengthOf(first), LengthOf(copy)).ShouldBe((0, 0));
    }

    private Task<TcpClient> BeginStaleAsync(ApiClient owner, string upload, int from, byte[] content, int until) => recordings.BeginAsync(
        owner, "PATCH", upload, content.Length - from, content[from..until], "Tus-Resumable: 1.0.0", $"Upload-Offset: {from}", "Content-Type: application/offset+octet-stream");

    /// <summary>As if more time had passed than it is waited for.</summary>
    private Task ExpireAsync(Guid id) => _server.Database.ExecuteAsync("UPDATE recording SET writer_until = now() - interval '1 second' WHERE id = $1 AND writer IS NOT NULL", id);

    private Task<string> NameAsync(Guid id) => _server.Database.ScalarAsync<string>("SELECT stored_name FROM recording WHERE id = $1", id);

    /// <returns>0 when there is no such file, finished or not.</returns>
    private long LengthOf(string name) => recordings.Files().Where(path => path.Contains(name, StringComparison.Ordinal)).Sum(path => new FileInfo(path).Length);
}
