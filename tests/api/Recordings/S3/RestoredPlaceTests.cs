using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.BackUp;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings.S3;

/// <summary>A restored database, with the folder and the bucket of what it is a copy of.</summary>
public sealed class RestoredPlaceTests : IAsyncLifetime
{
    private readonly S3RecordingServer _recordings = new();
    private readonly TemporaryFolder _data = new();

    private TestDatabase Database => _recordings.Server.Database;

    public Task InitializeAsync() => _recordings.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _recordings.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task It_reads_what_lies_there_and_brings_moves_and_takes_away_nothing_before_somebody_takes_them_over()
    {
        byte[] film = SampleRecordings.Film(300_000);
        RecordingId kept = await _recordings.AddAsync(film), destroyed = await _recordings.AddAsync(film);
        // What production has received since the back-up.
        string newer = S3Server.Prefix + new string('0', 32);
        await _recordings.Server.StopAsync();
        await _recordings.S3.WriteAsync(newer, "a recording that came later"u8.ToArray());
        string[] keys = await KeysAsync();
        string production = await File.ReadAllTextAsync(Path.Combine(_recordings.Folder, "installation"));
        await new RestoredInstallation(new StepCloudDatabase(Database.Source, TimeProvider.System), TimeProvider.System)
            .EnterRestoreAsync(AuditDoer.System("test"), TimeProvider.System.GetUtcNow(), null, CancellationToken.None);
        string own = await Database.ScalarAsync<string>("SELECT id::text FROM installation");
        own.ShouldNotBe(production);
        (await Database.ScalarAsync<string>("SELECT new_values->>'installation' FROM audit_entry WHERE action = 'installation.restored'")).ShouldBe(own);

        // Its mover would bring everything back into the folder.
        await using StepCloudServer copy = await ApiServer.StartServerAsync(Database.ConnectionString, [("Server:Data", _data.Path), .. _recordings.AllSettings("Folder")]);
        using HttpClient http = new() { BaseAddress = new Uri(copy.HttpAddress) };
        ApiClient owner = new(http, (await new ApiClient(http, null).SignInAsync(_recordings.Server.Own.OwnerEmail)).AccessToken);
        await SampleRecordings.SendAsync(owner, _recordings.OfDevice, SampleRecordings.Png).ShouldBeProblemAsync(503, "recording_place_not_ours");
        await owner.SendAsync(HttpMethod.Delete, $"{SampleRecordings.Path}/{destroyed}").ShouldAnswerAsync(204);
        await Task.Delay(2000);
        (await KeysAsync()).ShouldBe(keys);
        (await _recordings.StoreOfAsync(kept)).ShouldBe("s3");
        (await Database.ScalarAsync<long>("SELECT count(*) FROM recording_move")).ShouldBe(0);
        (await ContentAsync(owner, kept)).AsSpan().SequenceEqual(film).ShouldBeTrue();

        // After a disaster there is no production any more.
        foreach (string place in (string[])["s3", "folder"])
        {
            (int seen, JsonNode facts) = await AdoptAsync(place);
            (seen, (string?)facts["mark"], (bool)facts["adopted"]!).ShouldBe((1, production, false));
            (await AdoptAsync(place, "--instead-of", own)).Code.ShouldBe(1);
            (int code, facts) = await AdoptAsync(place, "--instead-of", production);
            (code, (bool)facts["adopted"]!).ShouldBe((0, true));
        }

        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'recording_place.adopted' AND old_values->>'mark' = $1", production)).ShouldBe(2);
        await SampleRecordings.AddAsync(owner, _recordings.OfDevice, SampleRecordings.Png);
        await Eventually.HoldsAsync(async () => await _recordings.StoreOfAsync(kept) == "folder" && (await _recordings.S3.RecordingsAsync()).Length == 0, "it has the places for its own");
        (await ContentAsync(owner, kept)).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    private static async Task<byte[]> ContentAsync(ApiClient reader, RecordingId id)
    {
        using HttpResponseMessage read = await reader.GetAsync($"{SampleRecordings.Path}/{id}/content");
        return await read.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    private async Task<string[]> KeysAsync() => [.. (await _recordings.S3.KeysAsync()).Order(StringComparer.Ordinal)];

    /// <summary>`stepcloud recording adopt-place` as a process of its own, beside the running server.</summary>
    private async Task<(int Code, JsonNode Told)> AdoptAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(StepCloudServer).Assembly.Location, "recording", "adopt-place", .. arguments, "--json"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach ((string name, string? value) in _recordings.AllSettings("Folder")) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Server__Data"] = _data.Path;
        start.Environment["STEPCLOUD_DATABASE"] = Database.ConnectionString;
        start.Environment[TestMasterKey.Variable] = TestMasterKey.Text;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string told = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, JsonNode.Parse(told.Length > 0 ? told : await errors)!);
    }
}
