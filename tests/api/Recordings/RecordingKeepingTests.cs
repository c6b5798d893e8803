using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>What becomes of recordings while nobody asks: uploads expire, files of nobody go, rot is found. And a disk that fills.</summary>
public sealed class RecordingKeepingTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ApiServer _server;
    private TestGateway _gateway = null!;
    private DeviceId _device;

    public RecordingKeepingTests() => _server = new ApiServer
    {
        Settings =
        [
            ("Recordings:Folder", _folder.Path), ("Recordings:KeepFreeMiB", "0"), ("Recordings:UploadExpiry", "00:00:01"), ("Recordings:SweepEvery", "00:00:00.200"),
            ("Recordings:CheckEvery", "00:00:00.500"), ("Recordings:StrangersKept", "1.00:00:00"),
        ],
    };

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _gateway = await _server.AddGatewayAsync();
        _device = await _gateway.AddDeviceAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_upload_that_nobody_goes_on_with_expires_and_leaves_nothing()
    {
        TusClient tus = new(await _server.OwnerAsync());
        string upload = await tus.CreateAsync(500_000, TusClient.Metadata(_device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, SampleRecordings.Film(100_000))).ShouldBe(100_000);
        await Eventually.HoldsAsync(
            async () => RecordingServer.FilesIn(_folder.Path).Length == 0 && await _server.Database.ScalarAsync<long>("SELECT count(*) FROM recording") == 0, "it has expired");
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE purpose = 'recording'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_file_that_belongs_to_no_recording_goes_and_those_of_others_stay()
    {
        RecordingId id = await SampleRecordings.AddAsync(await _server.OwnerAsync(), $"device={_device}", SampleRecordings.Png);
        string strange = Path.Combine(_folder.Path, "note.txt"), stray = Path.Combine(_folder.Path, "00", "00", new string('0', 32) + ".part");
        await File.WriteAllTextAsync(strange, "of an administrator");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "00", "00"));
        await File.WriteAllTextAsync(stray, "of a server that died");
        await Task.Delay(1000);
        // It may be newer than the database: of a back-up that was brought back.
        File.Exists(stray).ShouldBeTrue();
        File.SetLastWriteTimeUtc(stray, File.GetLastWriteTimeUtc(stray).AddDays(-1));
        await Eventually.HoldsAsync(() => Task.FromResult(!File.Exists(stray)), "it belongs to nothing");
        File.Exists(strange).ShouldBeTrue();
        ((int)(await (await _server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{id}/content")).StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task In_the_folder_of_another_installation_nothing_is_taken_away()
    {
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(Path.Combine(_folder.Path, "installation"))), "it was looked at");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "installation"), "0123456789abcdef");
        string file = Path.Combine(_folder.Path, "00", "00", new string('0', 32));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "a recording of theirs");
        await Task.Delay(1000);
        File.Exists(file).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_that_is_not_mounted_is_away_and_nothing_of_it_is_rotten()
    {
        ApiClient owner = await _server.OwnerAsync();
        RecordingId id = await SampleRecordings.AddAsync(owner, $"device={_device}", SampleRecordings.Png);
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(Path.Combine(_folder.Path, "installation"))), "it was looked at");
        using (SmallDisk.Mount(_folder.Path, "4m"))
        {
            await Task.Delay(2000);
            File.Exists(Path.Combine(_folder.Path, "installation")).ShouldBeFalse();
            (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM recording WHERE fault IS NOT NULL")).ShouldBe(0);
            await owner.GetAsync($"{SampleRecordings.Path}/{id}/content").ShouldBeProblemAsync(503, "recording_store_away");
        }

        ((int)(await owner.GetAsync($"{SampleRecordings.Path}/{id}/content")).StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task Rot_is_found_told_once_and_listed_for_administrators()
    {
        RecordingId id = await SampleRecordings.AddAsync(await _server.OwnerAsync(), $"device={_device}", SampleRecordings.Film(200_000), "video/mp4");
        string file = RecordingServer.FilesIn(_folder.Path).ShouldHaveSingleItem();
        using (FileStream stored = new(file, FileMode.Open, FileAccess.ReadWrite))
        {
            stored.Position = 70_000;
            int old = stored.ReadByte();
            stored.Position = 70_000;
            stored.WriteByte((byte)(old ^ 1));
        }

        ApiClient administrator = await _server.AdministratorAsync();
        JsonNode? rotten = null;
        await Eventually.HoldsAsync(
            async () => (rotten = (await administrator.GetAsync("/admin/api/v1/rotten-recordings").ShouldAnswerAsync(200))["items"]!.AsArray().SingleOrDefault()) is not null, "it is looked at");
        ((string?)rotten!["id"], (string?)rotten["fault"]).ShouldBe((id.ToString(), "Chunk 1 was altered."));
        await Task.Delay(1500);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording.rotten' AND subject_id = $1", id.ToString())).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_sound_is_looked_at_again_and_again_and_nothing_is_told()
    {
        RecordingId id = await SampleRecordings.AddAsync(await _server.OwnerAsync(), $"device={_device}", SampleRecordings.Png);
        await Eventually.HoldsAsync(
            async () => await _server.Database.ScalarAsync<bool>("SELECT checked_at > stored_at AND fault IS NULL FROM recording WHERE id = $1", id.Value), "it was looked at");
        (await (await _server.AdministratorAsync()).GetAsync("/admin/api/v1/rotten-recordings").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disk_that_fills_is_told_nothing_remains_and_others_are_unharmed()
    {
        string mark = Path.Combine(_folder.Path, "installation");
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(mark)), "it was looked at");
        string installation = await File.ReadAllTextAsync(mark);
        using SmallDisk disk = SmallDisk.Mount(_folder.Path, "4m");
        await File.WriteAllTextAsync(mark, installation);
        ApiClient owner = await _server.OwnerAsync();
        RecordingId small = await SampleRecordings.AddAsync(owner, $"device={_device}", SampleRecordings.Png);
        int files = RecordingServer.FilesIn(_folder.Path).Length;
        // It is known before that it does not fit; and of one that does not say how long it is, when it does not fit any more.
        await SampleRecordings.SendAsync(owner, $"device={_device}", SampleRecordings.Film(6_000_000), "video/mp4").ShouldBeProblemAsync(507, "storage_full");
        StreamContent unknown = new(new MemoryStream(SampleRecordings.Film(6_000_000)));
        unknown.Headers.ContentType = new MediaTypeHeaderValue("video/mp4");
        using HttpRequestMessage request = new(HttpMethod.Post, $"{SampleRecordings.Path}?device={_device}") { Content = unknown };
        (request.Headers.TransferEncodingChunked, request.Headers.ExpectContinue) = (true, true);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", owner.Token);
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        await http.SendAsync(request).ShouldBeProblemAsync(507, "storage_full");
        await Eventually.HoldsAsync(
            async () => RecordingServer.FilesIn(_folder.Path).Length == files && await _server.Database.ScalarAsync<long>("SELECT count(*) FROM recording") == 1, "nothing remains");
        ((int)(await owner.GetAsync($"{SampleRecordings.Path}/{small}/content")).StatusCode).ShouldBe(200);
        await SampleRecordings.AddAsync(owner, $"device={_device}", SampleRecordings.Film(1_000_000), "video/mp4");
    }

    /// <summary>A disk of a few MiB in the place of a folder. Needs root, which tests have.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly string _folder;

        private SmallDisk(string folder) => _folder = folder;

        public static SmallDisk Mount(string folder, string size)
        {
            Run("mount", "-t", "tmpfs", "-o", $"size={size}", "stepcloud-test", folder);
            return new SmallDisk(folder);
        }

        public void Dispose() => Run("umount", "-l", _folder);

        private static void Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(program, arguments);
            process.WaitForExit();
            process.ExitCode.ShouldBe(0, program);
        }
    }
}
