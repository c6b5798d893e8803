using System.Diagnostics;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>Whose the folder of recordings is, and that nothing is taken into another's.</summary>
public sealed class PlaceOwnershipTests : IAsyncLifetime
{
    private const int Account = 54321;

    private readonly TemporaryFolder _folder = new();
    private ApiServer _server = null!;
    private TestGateway _gateway = null!;
    private DeviceId _device;

    private string MarkFile => Path.Combine(_folder.Path, "installation");

    public async Task InitializeAsync()
    {
        Run("chown", $"{Account}:{Account}", _folder.Path);
        _server = new ApiServer { Settings = [("Recordings:Folder", _folder.Path), ("Recordings:KeepFreeMiB", "1"), ("Recordings:MiBMax", "8")] };
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
    public async Task A_new_and_empty_folder_is_marked_with_the_id_of_the_installation_and_what_root_makes_in_it_is_its_owners()
    {
        RecordingId id = await AddAsync();
        (await File.ReadAllTextAsync(MarkFile)).ShouldBe(await IdAsync());
        string file = RecordingServer.FilesIn(_folder.Path).ShouldHaveSingleItem();
        foreach (string made in (string[])[file, Path.GetDirectoryName(file)!, Path.GetDirectoryName(Path.GetDirectoryName(file))!, MarkFile])
            Run("stat", "-c", "%u:%g", made).ShouldBe($"{Account}:{Account}", made);
        ((int)(await (await _server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{id}/content")).StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task Into_the_folder_of_another_installation_nothing_is_taken_by_whomever_and_its_recordings_are_read()
    {
        RecordingId id = await AddAsync();
        TusClient tus = new(await _server.OwnerAsync());
        string upload = await tus.CreateAsync(100_000, TusClient.Metadata(_device));
        TusClient.Offset(await tus.PatchAsync(upload, 0, SampleRecordings.Film(50_000))).ShouldBe(50_000);
        await File.WriteAllTextAsync(MarkFile, Guid.NewGuid().ToString());
        await ShouldRefuseAllAsync();
        await tus.PatchAsync(upload, 50_000, new byte[50_000]).ShouldBeProblemAsync(503, "recording_place_not_ours");
        (await tus.OffsetAsync(upload)).ShouldBe(50_000);
        ((int)(await (await _server.OwnerAsync()).GetAsync($"{SampleRecordings.Path}/{id}/content")).StatusCode).ShouldBe(200);

        // What is destroyed here is not taken away there.
        string[] files = RecordingServer.FilesIn(_folder.Path);
        await (await _server.OwnerAsync()).SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(204);
        ((int)(await tus.SendAsync("DELETE", upload, null)).StatusCode).ShouldBe(204);
        RecordingServer.FilesIn(_folder.Path).ShouldBe(files, ignoreOrder: true);
    }

    [Fact]
    public async Task Into_a_folder_without_a_mark_that_had_one_nothing_is_taken_though_no_recording_should_be_there()
    {
        RecordingId id = await AddAsync();
        await (await _server.OwnerAsync()).SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{id}").ShouldAnswerAsync(204);
        File.Delete(MarkFile);
        await ShouldRefuseAllAsync();
        File.Exists(MarkFile).ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_without_a_mark_in_which_nobodys_recordings_are_is_not_taken()
    {
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(MarkFile)), "it was looked at");
        await _server.Database.ExecuteAsync("DELETE FROM recording_place");
        File.Delete(MarkFile);
        string strange = Path.Combine(_folder.Path, "00", "00", new string('0', 32));
        Directory.CreateDirectory(Path.GetDirectoryName(strange)!);
        await File.WriteAllTextAsync(strange, "of whomever");
        await ShouldRefuseAllAsync();
        File.Exists(MarkFile).ShouldBeFalse();
    }

    [Fact]
    public async Task The_mark_of_an_earlier_version_is_taken_over_by_the_installation_whose_it_was_and_by_no_copy()
    {
        await AddAsync();
        string old = await _server.Database.ScalarAsync<string>("SELECT key_id FROM master_key");
        await File.WriteAllTextAsync(MarkFile, old);
        await ShouldRefuseAllAsync();
        await _server.Database.ExecuteAsync("UPDATE installation SET takes_old_marks = true");
        await AddAsync();
        (await File.ReadAllTextAsync(MarkFile)).ShouldBe(await IdAsync());
    }

    private async Task ShouldRefuseAllAsync()
    {
        ApiClient owner = await _server.OwnerAsync();
        int files = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Length;
        long rows = await RowsAsync();
        using (HttpResponseMessage refused = await SampleRecordings.SendAsync(owner, $"device={_device}", SampleRecordings.Png))
            ((int)refused.StatusCode, refused.Headers.RetryAfter?.Delta).ShouldBe((503, TimeSpan.FromSeconds(30)));
        await SampleRecordings.SendAsync(owner, $"device={_device}", SampleRecordings.Png).ShouldBeProblemAsync(503, "recording_place_not_ours");
        await SampleRecordings.SendAsync(_gateway.Api, $"device={_device}", SampleRecordings.Png, path: "/gateway/api/v1/recordings").ShouldBeProblemAsync(503, "recording_place_not_ours");
        foreach ((ApiClient sender, string path) in ((ApiClient, string)[])[(owner, "/api/tus/v1/recordings"), (_gateway.Api, "/gateway/api/tus/v1/recordings")])
        {
            await new TusClient(sender, path).SendAsync("POST", path, null, ("Upload-Length", "5"), ("Upload-Metadata", TusClient.Metadata(_device)))
                .ShouldBeProblemAsync(503, "recording_place_not_ours");
        }

        (await RowsAsync()).ShouldBe(rows);
        Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Length.ShouldBe(files);
    }

    private async Task<RecordingId> AddAsync() => await SampleRecordings.AddAsync(await _server.OwnerAsync(), $"device={_device}", SampleRecordings.Png);

    private Task<string> IdAsync() => _server.Database.ScalarAsync<string>("SELECT id::text FROM installation");

    private Task<long> RowsAsync() => _server.Database.ScalarAsync<long>("SELECT count(*) FROM recording");

    private static string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string told = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, program);
        return told;
    }
}
