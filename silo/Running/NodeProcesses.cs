using StepCloud.Api.Demo;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;

namespace StepCloud.Silo.Running;

/// <summary>Nodes as processes beside this one. One that dies is started again.</summary>
/// <param name="settings">Of all nodes.</param>
internal sealed class NodeProcesses(IReadOnlyList<NodePlace> places, ServerOptions options, IReadOnlyDictionary<string, string> settings, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>A node ends within 30 s of SIGTERM.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(35);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Companion?[] _nodes = new Companion?[places.Count];
    private Task _supervision = Task.CompletedTask;

    public int RunningCount => _nodes.Count(node => node is { HasEnded: false });

    /// <summary>Starts them, and waits until each is ready.</summary>
    /// <exception cref="StartException">One does not start; the message names its log.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (NodePlace place in places) File.Delete(LogOf(place));
        for (int i = 0; i < places.Count; i++) _nodes[i] = Start(places[i]);
        for (int i = 0; i < places.Count; i++) await WaitUntilReadyAsync(_nodes[i]!, places[i], cancellationToken);
        _supervision = SuperviseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
        await Task.WhenAll(_nodes.Select(node => node?.DisposeAsync().AsTask() ?? Task.CompletedTask));
        _stopping.Dispose();
    }

    private string LogOf(NodePlace place) => Path.Combine(Path.GetFullPath(options.Data), $"node-{place.Index + 1}.log");

    private Companion Start(NodePlace place) => Companion.Start(
        LogOf(place), Environment.ProcessPath!, ["serve", "--address", options.Address, "--data", Path.GetFullPath(options.Data)],
        environment =>
        {
            foreach ((string name, string value) in settings.Concat(place.Settings)) environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
            environment["Logging__LogLevel__Default"] = "Warning";
            environment[$"{Api.Http.Protection.NetworkOptions.Section}__{nameof(Api.Http.Protection.NetworkOptions.TrustedProxies)}__0"] = "127.0.0.1/32";
        },
        StopTimeout, clock);

    private async Task WaitUntilReadyAsync(Companion node, NodePlace place, CancellationToken cancellationToken)
    {
        using HttpClient http = new();
        long started = clock.GetTimestamp();
        while (!node.HasEnded && clock.GetElapsedTime(started) < StartTimeout)
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync($"http://{options.Address}:{place.HttpPort}/health/ready", cancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), clock, cancellationToken);
        }

        throw new StartException($"Node {place.Index + 1} does not start; see {LogOf(place)}.");
    }

    private async Task SuperviseAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            for (int i = 0; i < places.Count && !_stopping.IsCancellationRequested; i++)
            {
                if (_nodes[i] is not { HasEnded: true } dead) continue;
                Console.Error.WriteLine($"Node {places[i].Index + 1} has ended; it is started again. Its log is {LogOf(places[i])}.");
                await dead.DisposeAsync();
                _nodes[i] = Start(places[i]);
            }
        }
    }
}
