using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Amazon.S3.Model;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>A service that is away, breaks off, gives other bytes than it was given, or holds what is nobody's.</summary>
public sealed class S3FaultTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private readonly S3RecordingServer _recordings = new() { Settings = [("Recordings:CheckEvery", "00:00:01"), ("Recordings:CheckMiBPerSecond", "10000"), ("Recordings:S3:Timeout", "00:00:02"), ("Recordings:S3:TriesMax", "2")] };

    private ApiServer Server => _recordings.Server;

    private S3Gate Gate => _recordings.Gate;

    public Task InitializeAsync() => _recordings.InitializeAsync();

    public Task DisposeAsync() => _recordings.DisposeAsync();

    [Fact]
    public async Task While_it_is_away_reads_are_told_so_new_ones_are_taken_nothing_is_rotten_and_all_goes_on_later()
    {
        ApiClient owner = await Server.OwnerAsync();
        byte[] film = SampleRecordings.Film(300_000);
        RecordingId id = await _recordings.AddAsync(film);
        await _recordings.S3.KillAsync();
        using (HttpResponseMessage away = await owner.GetAsync($"{SampleRecordings.Path}/{id}/content"))
        {
            ((int)away.StatusCode, away.Headers.RetryAfter?.Delta).ShouldBe((503, TimeSpan.FromSeconds(30)));
            ((string?)JsonNode.Parse(await away.Content.ReadAsStringAsync())!["code"]).ShouldBe("recording_store_away");
            away.Content.Headers.ContentDisposition.ShouldBeNull();
        }

        RecordingId meanwhile = await SampleRecordings.AddAsync(owner, _recordings.OfDevice, film, "video/mp4");
        (await _recordings.ContentAsync(meanwhile)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        using (HttpResponseMessage ready = await Server.Anonymous.GetAsync("/health/ready")) ((int)ready.StatusCode).ShouldBe(200);
        // Time enough for the scrubber to look at what it cannot see.
        await Task.Delay(3000);
        (await Server.Database.ScalarAsync<long>("SELECT count(*) FROM recording WHERE fault IS NOT NULL")).ShouldBe(0);
        (await _recordings.StoreOfAsync(meanwhile)).ShouldBe("folder");
        await _recordings.S3.BeginAsync();
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        await _recordings.ShouldMoveAsync(meanwhile);
        (await _recordings.ContentAsync(meanwhile)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_gone_on_with_and_one_that_always_does_ends_the_download()
    {
        byte[] film = SampleRecordings.Film(9 * MiB);
        RecordingId id = await _recordings.AddAsync(film);
        string key = await _recordings.KeyOfAsync(id);
        int breaks = 0;
        Gate.BreakAfter = request => request.Path.Value!.EndsWith(key, StringComparison.Ordinal) && Interlocked.Increment(ref breaks) <= 2 ? 700_000 : null;
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        breaks.ShouldBeGreaterThan(2);

        // Behind the header its first chunk begins.
        Gate.BreakAfter = request => request.Headers.Range.ToString().StartsWith("bytes=32-", StringComparison.Ordinal) ? null : 0;
        using HttpClient http = new() { BaseAddress = Server.HttpAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await Server.OwnerAsync()).Token);
        using HttpResponseMessage read = await http.GetAsync($"{SampleRecordings.Path}/{id}/content", HttpCompletionOption.ResponseHeadersRead);
        ((int)read.StatusCode).ShouldBe(200);
        // Half an answer does not look like a whole one.
        await Should.ThrowAsync<Exception>(() => read.Content.ReadAsByteArrayAsync());
        Gate.BreakAfter = null;
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task An_object_that_was_altered_cut_off_or_taken_away_is_named()
    {
        ApiClient owner = await Server.OwnerAsync(), administrator = await Server.AdministratorAsync();
        RecordingId altered = await _recordings.AddAsync(SampleRecordings.Film(200_000)), cut = await _recordings.AddAsync(SampleRecordings.Film(200_000)),
            gone = await _recordings.AddAsync(SampleRecordings.Film(200_000));
        byte[] bytes = await _recordings.S3.ReadAsync(await _recordings.KeyOfAsync(altered));
        bytes[70_000] ^= 1;
        await _recordings.S3.WriteAsync(await _recordings.KeyOfAsync(altered), bytes);
        await _recordings.S3.WriteAsync(await _recordings.KeyOfAsync(cut), (await _recordings.S3.ReadAsync(await _recordings.KeyOfAsync(cut)))[..140_000]);
        await _recordings.S3.Client.DeleteObjectAsync(S3Server.Bucket, await _recordings.KeyOfAsync(gone));

        Dictionary<string, string> faults = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                JsonNode told = await administrator.GetAsync("/admin/api/v1/rotten-recordings").ShouldAnswerAsync(200);
                faults = told["items"]!.AsArray().ToDictionary(item => (string)item!["id"]!, item => (string)item!["fault"]!);
                return faults.Count == 3;
            },
            "each was looked at");
        faults[altered.ToString()].ShouldBe("Chunk 1 was altered.");
        faults[cut.ToString()].ShouldStartWith("Chunk 2 is cut off.");
        faults[gone.ToString()].ShouldBe("Its file cannot be read: There is no such object in the bucket.");
        foreach (RecordingId id in (RecordingId[])[altered, cut, gone])
            await owner.GetAsync($"{SampleRecordings.Path}/{id}/content").ShouldBeProblemAsync(500, "recording_damaged");
    }

    [Fact]
    public async Task A_copy_that_is_read_back_otherwise_is_not_taken_and_the_original_stays()
    {
        byte[] film = SampleRecordings.Film(6 * MiB);
        int read = 0;
        Gate.Alter = (request, body) =>
        {
            if (request.Method == "GET" && body.Length > MiB) (body[MiB], read) = ((byte)(body[MiB] ^ 1), read + 1);
            return body;
        };
        ApiClient owner = await Server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, _recordings.OfDevice, film, "video/mp4");
        await Eventually.HoldsAsync(async () => await Server.Database.ScalarAsync<long>("SELECT coalesce(max(failures), 0)::bigint FROM recording_move") >= 2, "it was tried twice");
        read.ShouldBeGreaterThan(0);
        (await _recordings.StoreOfAsync(id)).ShouldBe("folder");
        _recordings.Files().ShouldHaveSingleItem();
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        Gate.Alter = null;
        await _recordings.ShouldMoveAsync(id);
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        // Of the tries before nothing is left.
        await Eventually.HoldsAsync(async () => (await _recordings.S3.RecordingsAsync()).Length == 1 && (await _recordings.S3.UploadsAsync()).Length == 0, "one copy is left");
    }

    [Fact]
    public async Task A_move_that_the_service_leaves_in_the_middle_is_made_later()
    {
        byte[] film = SampleRecordings.Film(12 * MiB);
        Gate.Hold = request =>
        {
            // Behind the first part.
            if (request.Query["partNumber"] == "2") Gate.IsShut = true;
            return Task.CompletedTask;
        };
        RecordingId id = await SampleRecordings.AddAsync(await Server.OwnerAsync(), _recordings.OfDevice, film, "video/mp4");
        await Eventually.HoldsAsync(() => Task.FromResult(Gate.IsShut), "the first part is there");
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        (Gate.Hold, Gate.IsShut) = (null, false);
        await _recordings.ShouldMoveAsync(id);
        await Eventually.HoldsAsync(async () => (await _recordings.S3.RecordingsAsync()).Length == 1 && (await _recordings.S3.UploadsAsync()).Length == 0, "nothing is left of the first try");
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task A_rotten_recording_is_not_moved_and_named()
    {
        Gate.IsShut = true;
        RecordingId id = await SampleRecordings.AddAsync(await Server.OwnerAsync(), _recordings.OfDevice, SampleRecordings.Film(200_000), "video/mp4");
        string file = _recordings.Files().ShouldHaveSingleItem();
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[70_000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Gate.IsShut = false;
        await Eventually.HoldsAsync(
            async () => await Server.Database.ScalarAsync<bool>("SELECT coalesce(fault = 'Chunk 1 was altered.' AND store = 'folder', false) FROM recording WHERE id = $1", id.Value), "it is named");
        await Task.Delay(1000);
        (await _recordings.S3.RecordingsAsync()).ShouldBeEmpty();
        File.Exists(file).ShouldBeTrue();
    }

    [Fact]
    public async Task Objects_and_begun_uploads_that_are_nobodys_go_and_those_of_others_stay()
    {
        RecordingId id = await _recordings.AddAsync(SampleRecordings.Film(100_000));
        string stray = S3Server.Prefix + new string('0', 32), begun = S3Server.Prefix + new string('1', 32), note = S3Server.Prefix + "note.txt", elsewhere = "other/" + new string('2', 32);
        foreach (string key in (string[])[stray, note, elsewhere]) await _recordings.S3.WriteAsync(key, "of somebody"u8.ToArray());
        InitiateMultipartUploadResponse upload = await _recordings.S3.Client.InitiateMultipartUploadAsync(S3Server.Bucket, begun);
        using (MemoryStream part = new(new byte[5 * MiB]))
        {
            await _recordings.S3.Client.UploadPartAsync(
                new UploadPartRequest { BucketName = S3Server.Bucket, Key = begun, UploadId = upload.UploadId, PartNumber = 1, InputStream = part, UseChunkEncoding = false });
        }

        await Eventually.HoldsAsync(
            async () => !(await _recordings.S3.KeysAsync()).Contains(stray) && (await _recordings.S3.UploadsAsync()).Length == 0, "they belong to nothing");
        string[] left = await _recordings.S3.KeysAsync();
        left.ShouldContain(note);
        left.ShouldContain(elsewhere);
        left.ShouldContain(await _recordings.KeyOfAsync(id));
    }

    [Fact]
    public async Task Under_the_prefix_of_another_installation_nothing_is_taken_away()
    {
        await Eventually.HoldsAsync(async () => (await _recordings.S3.KeysAsync()).Contains(S3Server.Prefix + "installation"), "it was looked at");
        await _recordings.S3.WriteAsync(S3Server.Prefix + "installation", "0123456789abcdef"u8.ToArray());
        string theirs = S3Server.Prefix + new string('0', 32);
        await _recordings.S3.WriteAsync(theirs, "a recording of theirs"u8.ToArray());
        RecordingId id = await SampleRecordings.AddAsync(await Server.OwnerAsync(), _recordings.OfDevice, SampleRecordings.Film(100_000), "video/mp4");
        await Task.Delay(1500);
        // And nothing is brought there, where they would take it away.
        (await _recordings.S3.RecordingsAsync()).ShouldBe([theirs]);
        (await _recordings.StoreOfAsync(id)).ShouldBe("folder");
        (await Server.Database.ScalarAsync<long>("SELECT count(*) FROM recording_move")).ShouldBe(0);
    }

    [Fact]
    public async Task An_object_that_is_always_refused_does_not_keep_others_from_being_looked_at_and_is_not_rotten()
    {
        RecordingId refused = await _recordings.AddAsync(SampleRecordings.Film(100_000)), altered = await _recordings.AddAsync(SampleRecordings.Film(100_000));
        string key = await _recordings.KeyOfAsync(refused);
        Gate.BreakAfter = request => request.Method == "GET" && request.Path.Value!.EndsWith(key, StringComparison.Ordinal) ? 0 : null;
        byte[] bytes = await _recordings.S3.ReadAsync(await _recordings.KeyOfAsync(altered));
        bytes[70_000] ^= 1;
        await _recordings.S3.WriteAsync(await _recordings.KeyOfAsync(altered), bytes);
        await Eventually.HoldsAsync(async () => await FaultOfAsync(altered) != "", "it was looked at");
        (await FaultOfAsync(altered)).ShouldBe("Chunk 1 was altered.");
        (await FaultOfAsync(refused)).ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_place_that_a_row_names_is_away_bytes_that_may_be_its_own_stay()
    {
        byte[] film = SampleRecordings.Film(200_000);
        RecordingId id = await _recordings.AddAsync(film);
        byte[] stored = await _recordings.S3.ReadAsync(await _recordings.KeyOfAsync(id));
        Gate.IsShut = true;
        string copy = Path.Combine(_recordings.Folder, "aa", "aa", new string('a', 32));
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        await File.WriteAllBytesAsync(copy, stored);
        await Task.Delay(3000);
        File.Exists(copy).ShouldBeTrue();
        Gate.IsShut = false;
        await Eventually.HoldsAsync(() => Task.FromResult(!File.Exists(copy)), "its own are there");
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task Bytes_that_say_whose_they_are_and_are_not_what_was_stored_are_not_taken_for_a_recording()
    {
        RecordingId id = await _recordings.AddAsync(SampleRecordings.Film(200_000));
        string key = await _recordings.KeyOfAsync(id), gone = new('a', 32);
        byte[] bytes = await _recordings.S3.ReadAsync(key);
        bytes[70_000] ^= 1;
        await _recordings.S3.WriteAsync(key, bytes);
        await Server.Database.ExecuteAsync("UPDATE recording SET store = 'folder', stored_name = $2 WHERE id = $1", id.Value, gone);
        await Eventually.HoldsAsync(async () => !(await _recordings.S3.KeysAsync()).Contains(key), "they were looked at, and are nobody's");
        (await Server.Database.ScalarAsync<string>("SELECT store || ' ' || stored_name FROM recording WHERE id = $1", id.Value)).ShouldBe($"folder {gone}");
    }

    [Fact]
    public async Task An_answer_that_is_lost_when_an_upload_is_complete_does_not_undo_the_move()
    {
        Gate.BreakAfter = request => request.Method == "POST" && request.Query.ContainsKey("uploadId") ? 0 : null;
        byte[] film = SampleRecordings.Film(12 * MiB);
        RecordingId id = await _recordings.AddAsync(film);
        Gate.BreakAfter = null;
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
        (await Server.Database.ScalarAsync<long>("SELECT count(*) FROM recording_move")).ShouldBe(0);
    }

    private Task<string> FaultOfAsync(RecordingId id) => Server.Database.ScalarAsync<string>("SELECT coalesce(fault, '') FROM recording WHERE id = $1", id.Value);

    [Fact]
    public async Task After_a_restore_of_the_database_what_was_moved_since_is_found_by_its_header()
    {
        byte[] film = SampleRecordings.Film(300_000);
        RecordingId id = await _recordings.AddAsync(film);
        // As the row was yesterday.
        await Server.Database.ExecuteAsync("UPDATE recording SET store = 'folder', stored_name = $2 WHERE id = $1", id.Value, new string('a', 32));
        await Eventually.HoldsAsync(async () => await _recordings.StoreOfAsync(id) == "s3", "its bytes are found");
        (await _recordings.ContentAsync(id)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task With_the_folder_as_the_place_all_comes_back_and_nothing_is_left_there()
    {
        byte[] small = SampleRecordings.Film(100_000), large = SampleRecordings.Film(11 * MiB);
        RecordingId first = await _recordings.AddAsync(small), second = await _recordings.AddAsync(large);
        await Server.StopAsync();
        using TemporaryFolder data = new();
        await using StepCloudServer back = await ApiServer.StartServerAsync(Server.Database.ConnectionString, [("Server:Data", data.Path), .. _recordings.AllSettings("Folder")]);
        await Eventually.HoldsAsync(
            async () => await _recordings.StoreOfAsync(first) == "folder" && await _recordings.StoreOfAsync(second) == "folder" && (await _recordings.S3.RecordingsAsync()).Length == 0,
            "all came back");
        _recordings.Files().Length.ShouldBe(2);
        using HttpClient http = new() { BaseAddress = new Uri(back.HttpAddress) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await Server.OwnerAsync()).Token);
        foreach ((RecordingId id, byte[] film) in ((RecordingId, byte[])[])[(first, small), (second, large)])
            (await http.GetByteArrayAsync($"{SampleRecordings.Path}/{id}/content")).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }
}
