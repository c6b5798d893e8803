using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios;

/// <summary>Recordings brought and read, sealed, beside the same bytes written and read as they are; and the memory that sixteen at once take.</summary>
internal sealed class RecordingsScenario : Scenario
{
    private const int AtOnce = 16;
    private const double MiB = 1024 * 1024;

    private static readonly Metric s_upload = new("upload_mib_per_second", "upload, MiB/s", "N0", IsHeadline: true);
    private static readonly Metric s_download = new("download_mib_per_second", "download, MiB/s", "N0", IsHeadline: true);
    private static readonly Metric s_uploadMemory = new("upload_added_mib", "memory added by uploads, MiB", "N0", IsHeadline: true);
    private static readonly Metric s_downloadMemory = new("download_added_mib", "memory added by downloads, MiB", "N0", IsHeadline: true);

    private readonly Option<int> _size = Arguments.Number("--mib", "Of each recording.", 1024, 1, 4096);

    public override string Name => "recordings";

    public override string Title => "Recordings, sealed as they come";

    public override IReadOnlyList<Option> Options => [_size];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        long bytes = (context.Quick ? 64 : context.Parsed.GetValue(_size)) * 1024L * 1024;
        await using var server = await ShopServer.StartAsync(Checkout.Program("api", "stepcloud"), new ShopPlan(1), context.Time, cancellationToken);
        using HttpClient gateway = Client(server.Http, server.Gateways[0].AccessToken), owner = Client(server.Http, await SignInAsync(server.Http, cancellationToken));
        var folder = Directory.CreateTempSubdirectory("stepcloud-bench-files-");
        try
        {
            await using var bare = await BareFiles.StartAsync(folder.FullName, cancellationToken);
            using HttpClient plain = Client(bare.Address, null);
            var speed = await Contest.RunAsync(
                "one at a time", [s_upload, s_download],
                [
                    new Competitor("StepCloud", ct => SpeedAsync(context, bytes, c => BringAsync(gateway, server, bytes, c), owner, DestroyAsync, ct)),
                    new Competitor("plain files", ct => SpeedAsync(context, bytes, c => PutAsync(plain, bytes, c), plain, (_, _) => Task.CompletedTask, ct)),
                ],
                context.Rounds, context.Say, cancellationToken);
            var memory = await Contest.RunAsync(
                $"{AtOnce} at once", [s_uploadMemory, s_downloadMemory],
                [new Competitor("StepCloud", ct => MemoryAsync(server, gateway, owner, bytes / 4, ct))],
                Math.Min(context.Rounds, 3), context.Say, cancellationToken, hasReference: false);
            return context.Result(this, new Dictionary<string, string> { ["MiB each"] = $"{bytes / MiB:0}", ["MiB each of those at once"] = $"{bytes / 4 / MiB:0}" }, speed, memory);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static HttpClient Client(Uri address, string? token)
    {
        HttpClient client = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<string> SignInAsync(Uri address, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { BaseAddress = address };
        using var answer = await http.PostAsJsonAsync("/api/v1/sign-in", new { email = OwnServer.Email, password = OwnServer.Password }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!["access_token"]!;
    }

    private static async Task<IReadOnlyDictionary<Metric, double>> SpeedAsync(
        ScenarioContext context, long bytes, Func<CancellationToken, Task<string>> bringAsync, HttpClient reader, Func<HttpClient, string, Task> destroyAsync,
        CancellationToken cancellationToken)
    {
        long begun = context.Time.GetTimestamp();
        string path = await bringAsync(cancellationToken);
        double upload = bytes / MiB / context.Time.GetElapsedTime(begun).TotalSeconds;
        begun = context.Time.GetTimestamp();
        await Film.DrainAsync(reader, new Uri(reader.BaseAddress!, path), bytes, cancellationToken);
        double download = bytes / MiB / context.Time.GetElapsedTime(begun).TotalSeconds;
        await destroyAsync(reader, path);
        return new Dictionary<Metric, double> { [s_upload] = upload, [s_download] = download };
    }

    /// <returns>Where its content is.</returns>
    private static async Task<string> BringAsync(HttpClient gateway, ShopServer server, long bytes, CancellationToken cancellationToken)
    {
        using Film film = new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("video/mp4") } };
        using var answer = await gateway.PostAsync($"/gateway/api/v1/recordings?device={server.Gateways[0].Device}", film, cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new BenchException($"A recording was refused: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        return $"/api/v1/recordings/{(await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!["id"]}/content";
    }

    private static async Task DestroyAsync(HttpClient owner, string path)
    {
        using var answer = await owner.DeleteAsync(path[..path.LastIndexOf('/')]);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> PutAsync(HttpClient plain, long bytes, CancellationToken cancellationToken)
    {
        using Film film = new(bytes);
        using var answer = await plain.PutAsync("/film", film, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return "/film";
    }

    /// <summary>What lies in memory at most while they run, beside what one that ran before has left.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MemoryAsync(ShopServer server, HttpClient gateway, HttpClient owner, long bytes, CancellationToken cancellationToken)
    {
        await server.RestartAsync(cancellationToken);
        using HttpClient writer = Client(server.Http, gateway.DefaultRequestHeaders.Authorization!.Parameter), reader = Client(server.Http, owner.DefaultRequestHeaders.Authorization!.Parameter);
        string first = await BringAsync(writer, server, bytes, cancellationToken);
        await Film.DrainAsync(reader, new Uri(server.Http, first), bytes, cancellationToken);
        await DestroyAsync(reader, first);
        string[] paths = [];
        double up = await AddedAsync(server, async () => paths = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => BringAsync(writer, server, bytes, cancellationToken))));
        double down = await AddedAsync(server, () => Task.WhenAll(paths.Select(path => Film.DrainAsync(reader, new Uri(server.Http, path), bytes, cancellationToken))));
        foreach (string path in paths) await DestroyAsync(reader, path);
        return new Dictionary<Metric, double> { [s_uploadMemory] = up, [s_downloadMemory] = down };
    }

    private static async Task<double> AddedAsync(ShopServer server, Func<Task> work)
    {
        long before = ProcessStatus.ResidentBytes(server.Process.Id), most = before;
        Task working = work();
        while (!working.IsCompleted)
        {
            most = Math.Max(most, ProcessStatus.ResidentBytes(server.Process.Id));
            await Task.WhenAny(working, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }

        await working;
        return (most - before) / MiB;
    }
}
