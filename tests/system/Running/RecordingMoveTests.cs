using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Api.Recordings.S3;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>Recordings on their way between the folder and a service that speaks S3, while processes are killed, and while several move.</summary>
public sealed class RecordingMoveTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private readonly HttpClient _http = new();
    private Installation _installation = null!;
    private S3Server _s3 = null!;
    private S3Gate _gate = null!;
    private BuiltProgram _server = null!;

    private string Data => Path.GetDirectoryName(_installation.GatewayData)!;

    public async Task InitializeAsync()
    {
        _s3 = await S3Server.StartAsync();
        _gate = await S3Gate.OpenAsync(_s3);
        _installation = await Installation.CreateAsync();
        _http.BaseAddress = new Uri(_installation.HttpAddress);
    }

    public async Task DisposeAsync()
    {
        _gate.Hold = null;
        _http.Dispose();
        await _installation.DisposeAsync();
        await _gate.DisposeAsync();
        await _s3.DisposeAsync();
    }

    [Theory]
    [InlineData("PUT", "partNumber")]
    [InlineData("POST", "uploadId")]
    [InlineData("GET", "")]
    public async Task Killed_on_the_way_to_S3_it_is_readable_at_once_and_moved_later(string method, string query)
    {
        await StartAsync("Folder");
        byte[] film = Film(7 * MiB);
        string id = await AddAsync(film);
        await _server.KillAsync();
        await KillAtAsync("S3", request => request.Method == method && IsOfRecording(request) && (query.Length == 0 || request.Query.ContainsKey(query)));
        await ShouldEndAsync("S3", id, film);
    }

    [Fact]
    public async Task Killed_before_the_row_has_changed_it_is_where_it_was()
    {
        await StartAsync("Folder");
        byte[] film = Film(MiB);
        string id = await AddAsync(film);
        await _server.KillAsync();
        await using NpgsqlConnection connection = await _installation.Database.Source.OpenConnectionAsync();
        await using (NpgsqlTransaction holding = await connection.BeginTransactionAsync())
        {
            await using NpgsqlCommand hold = new("SELECT FROM recording FOR SHARE", connection);
            await hold.ExecuteNonQueryAsync();
            await StartAsync("S3");
            await Eventually.HoldsAsync(
                async () => await _installation.Database.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'") > 0,
                "the copy is whole, and the row is to change");
            await _server.KillAsync();
        }

        (await StoreAsync(id)).ShouldBe("folder");
        await ShouldEndAsync("S3", id, film);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task Killed_on_the_way_back_it_is_readable_at_once_and_the_object_goes(string method)
    {
        await StartAsync("S3");
        byte[] film = Film(7 * MiB);
        string id = await AddAsync(film);
        await Eventually.HoldsAsync(async () => await StoreAsync(id) == "s3", "it is moved");
        await _server.KillAsync();
        // The second piece of the object, or the end of it.
        await KillAtAsync("Folder", request => request.Method == method && IsOfRecording(request) && (method != "GET" || !request.Headers.Range.ToString().StartsWith("bytes=0-", StringComparison.Ordinal)));
        await ShouldEndAsync("Folder", id, film);
    }

    [Fact]
    public async Task Whoever_reads_while_it_comes_back_goes_on_in_the_folder()
    {
        await StartAsync("S3", ("Recordings__MoveEvery", "1.00:00:00"), ("Recordings__S3__Timeout", "00:01:00"));
        byte[] film = Film(14 * MiB);
        string id = await AddAsync(film);
        JsonElement moved = await MoveAsync("S3");
        (moved.GetProperty("moved").GetInt32(), moved.GetProperty("left").GetInt32()).ShouldBe((1, 0));
        (await CommandAsync("list")).EnumerateArray().ShouldHaveSingleItem().GetProperty("store").GetString().ShouldBe("s3");

        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously), open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using HttpResponseMessage reading = await _http.GetAsync($"/api/v1/recordings/{id}/content", HttpCompletionOption.ResponseHeadersRead);
        _gate.Hold = async request =>
        {
            if (request.Method != "GET" || !IsOfRecording(request) || open.Task.IsCompleted || held.Task.IsCompleted) return;
            held.TrySetResult();
            await open.Task;
        };
        Task<byte[]> content = reading.Content.ReadAsByteArrayAsync();
        await held.Task;
        (await MoveAsync("Folder")).GetProperty("moved").GetInt32().ShouldBe(1);
        (await _s3.RecordingsAsync()).ShouldBeEmpty();
        open.SetResult();
        (await content).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    [Fact]
    public async Task Two_processes_that_move_at_once_move_each_recording_once()
    {
        await StartAsync("Folder");
        Dictionary<string, byte[]> films = [];
        for (int i = 0; i < 12; i++)
        {
            byte[] film = Film(400_000);
            films[await AddAsync(film)] = film;
        }

        await _server.KillAsync();
        await StartAsync("S3");
        JsonElement[] told = await Task.WhenAll(MoveAsync("S3"), MoveAsync("S3"));
        told.ShouldAllBe(each => each.GetProperty("failed").GetInt32() == 0 && each.GetProperty("rotten").GetInt32() == 0);
        await Eventually.HoldsAsync(async () => await _installation.Database.ScalarAsync<long>("SELECT count(*) FROM recording WHERE store = 's3'") == films.Count, "all are moved");
        _gate.Seen.Count(seen => seen.StartsWith("PUT ", StringComparison.Ordinal) && seen.Length > 60).ShouldBe(films.Count);
        (await _s3.RecordingsAsync()).Length.ShouldBe(films.Count);
        foreach ((string id, byte[] film) in films) (await _http.GetByteArrayAsync($"/api/v1/recordings/{id}/content")).AsSpan().SequenceEqual(film).ShouldBeTrue();
        (await CommandAsync("verify")).GetProperty("recordings").GetInt32().ShouldBe(films.Count);
    }

    [Fact]
    public async Task A_place_that_is_not_described_is_refused_at_the_start_and_a_service_that_is_away_by_the_command()
    {
        await using BuiltProgram refused = BuiltProgram.StartServer(
            ["serve", "--data", Data], ("STEPCLOUD_DATABASE", _installation.Database.ConnectionString), ("Recordings__Store", "S3"));
        (await refused.ExitCodeAsync()).ShouldBe(2, refused.ToString());
        refused.Errors.ShouldContain(line => line.Contains("Recordings:Store", StringComparison.Ordinal) && line.Contains("Recordings:S3:Bucket", StringComparison.Ordinal), refused.ToString());
        await StartAsync("Folder");
        await AddAsync(Film(1000));
        await _s3.KillAsync();
        await using BuiltProgram away = StartCommand("move", "S3");
        (await away.ExitCodeAsync()).ShouldBe(1, away.ToString());
        JsonNode.Parse(away.Errors.Single(line => line.Length > 0))!["code"]!.GetValue<string>().ShouldBe("store_away");
    }

    [Fact]
    public async Task Into_the_place_of_another_installation_nothing_is_moved_and_the_command_says_why()
    {
        await StartAsync("Folder");
        string id = await AddAsync(Film(1000));
        await _server.KillAsync();
        await _s3.WriteAsync(S3Server.Prefix + "installation", "0123456789abcdef"u8.ToArray());
        await using BuiltProgram refused = StartCommand("move", "S3");
        (await refused.ExitCodeAsync()).ShouldBe(1, refused.ToString());
        string told = refused.Errors.Single(line => line.Length > 0);
        (JsonNode.Parse(told)!["code"]!.GetValue<string>(), told.Contains("0123456789abcdef", StringComparison.Ordinal)).ShouldBe(("store_away", true), told);
        (await _s3.RecordingsAsync()).ShouldBeEmpty();
        (await StoreAsync(id)).ShouldBe("folder");
    }

    /// <summary>Starts a server that moves, and kills it at that request.</summary>
    private async Task KillAtAsync(string store, Func<HttpRequest, bool> isIt)
    {
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously), open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate.Hold = async request =>
        {
            if (!isIt(request)) return;
            held.TrySetResult();
            await open.Task;
            request.HttpContext.Abort();
        };
        await StartAsync(store);
        await held.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await _server.KillAsync();
        _gate.Hold = null;
        open.SetResult();
    }

    /// <summary>After a start it is readable; then it is where it should be, once.</summary>
    private async Task ShouldEndAsync(string store, string id, byte[] film)
    {
        _gate.IsShut = store == "S3";
        await StartAsync(store);
        (await _http.GetByteArrayAsync($"/api/v1/recordings/{id}/content")).AsSpan().SequenceEqual(film).ShouldBeTrue();
        _gate.IsShut = false;
        await Eventually.HoldsAsync(async () => await StoreAsync(id) == (store == "S3" ? "s3" : "folder"), "it is moved");
        await Eventually.HoldsAsync(
            async () => (await _s3.RecordingsAsync()).Length == (store == "S3" ? 1 : 0) && Files().Length == (store == "S3" ? 0 : 1) && (await _s3.UploadsAsync()).Length == 0,
            "nothing else is left");
        (await _http.GetByteArrayAsync($"/api/v1/recordings/{id}/content")).AsSpan().SequenceEqual(film).ShouldBeTrue();
    }

    private static bool IsOfRecording(HttpRequest request) => request.Path.Value!.Length == $"/{S3Server.Bucket}/{S3Server.Prefix}".Length + 32;

    private string[] Files() => [.. Directory.GetFiles(Path.Combine(Data, "recordings"), "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path).Length >= 32)];

    private async Task StartAsync(string store, params (string Name, string Value)[] settings)
    {
        _server = await _installation.StartServerAsync([.. Settings(store), .. settings]);
        _http.DefaultRequestHeaders.Authorization ??= new AuthenticationHeaderValue("Bearer", (string)(await _installation.SignInAsync(_http))["access_token"]!);
    }

    private (string Name, string Value)[] Settings(string store) =>
    [
        .. _s3.Settings(_gate.Address).Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), setting.Value!)), ("Recordings__Store", store),
        ("Recordings__MoveEvery", "00:00:00.200"), ("Recordings__MovePatience", "00:00:01"), ("Recordings__MovePause", "00:00:00.200"), ("Recordings__MoveMiBPerSecond", "10000"),
        ("Recordings__SweepEvery", "00:00:00.200"), ("Recordings__StrangersKept", "00:00:00"), ("Recordings__S3__TriesMax", "1"),
    ];

    private async Task<string> AddAsync(byte[] film)
    {
        string address = (string)(await PostAsync("/api/v1/cases", JsonContent.Create(new { reference = $"ORD-{Guid.NewGuid()}", name = "Anna Müller" })))["id"]!;
        await PostAsync($"/api/v1/cases/{address}/consents", JsonContent.Create(new { given_by = "person", purposes = new[] { "recordings" }, form = "paper", given_at = "2024-01-02T00:00:00Z" }));
        using ByteArrayContent body = new(film) { Headers = { ContentType = new MediaTypeHeaderValue("video/mp4") } };
        return (string)(await PostAsync($"/api/v1/recordings?case={address}", body))["id"]!;
    }

    private async Task<JsonNode> PostAsync(string path, HttpContent body)
    {
        using HttpResponseMessage answer = await _http.PostAsync(path, body);
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    private Task<string> StoreAsync(string id) => _installation.Database.ScalarAsync<string>("SELECT store FROM recording WHERE id = $1", Guid.Parse(id));

    private Task<JsonElement> MoveAsync(string store) => JsonAsync(StartCommand("move", store));

    private Task<JsonElement> CommandAsync(string command) => JsonAsync(StartCommand(command, "S3"));

    private static async Task<JsonElement> JsonAsync(BuiltProgram command)
    {
        await using (command)
        {
            (await command.ExitCodeAsync()).ShouldBe(0, command.ToString());
            return JsonDocument.Parse(command.Output.Single(line => line.Length > 0)).RootElement;
        }
    }

    private BuiltProgram StartCommand(string command, string store) => BuiltProgram.StartServer(
        ["recording", command, "--json", "--data", Data], [("STEPCLOUD_DATABASE", _installation.Database.ConnectionString), .. Settings(store)]);

    private static byte[] Film(int bytes)
    {
        byte[] film = RandomNumberGenerator.GetBytes(bytes);
        byte[] head = [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 2, 0, .. "isommp42"u8];
        head.CopyTo(film, 0);
        return film;
    }
}
