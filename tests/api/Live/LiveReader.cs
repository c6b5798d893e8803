using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Live;

/// <summary>An event of a stream.</summary>
/// <param name="Id">Null for one without.</param>
internal sealed record LiveMessage(string Event, string? Id, JsonObject Data)
{
    /// <summary>Of the telemetry or the step.</summary>
    public Guid Subject => Guid.Parse((string)Data["id"]!);
}

/// <summary>Reads a stream of Server-Sent Events on a connection of its own, as HTML's section 9.2 says.</summary>
internal sealed class LiveReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly HttpResponseMessage _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<LiveMessage> _messages = Channel.CreateUnbounded<LiveMessage>();

    private LiveReader(HttpClient http, HttpResponseMessage answer)
    {
        _http = http;
        _answer = answer;
        Ended = ReadAsync();
    }

    /// <summary>Completes when the server ends the stream.</summary>
    public Task Ended { get; }

    /// <summary>What the next stream is to be continued from; null when not even that has come.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>Everything that has come so far.</summary>
    public List<LiveMessage> All { get; } = [];

    public static async Task<LiveReader> OpenAsync(Uri server, string token, string path, string? lastEventId = null)
    {
        HttpClient http = new() { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        return new LiveReader(http, (await AskAsync(http, token, path, lastEventId)).EnsureSuccessStatusCode());
    }

    public static Task<LiveReader> OpenAsync(ApiServer server, ApiClient user, string path, string? lastEventId = null) =>
        OpenAsync(server.HttpAddress, user.Token!, path, lastEventId);

    /// <summary>Asks for a stream; its answer has begun.</summary>
    public static Task<HttpResponseMessage> AskAsync(HttpClient http, string token, string path, string? lastEventId = null)
    {
        HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
    }

    /// <summary>The next one of which that holds; those before it are passed over.</summary>
    public async Task<LiveMessage> NextAsync(Func<LiveMessage, bool> isMeant)
    {
        using CancellationTokenSource patience = new(Patience);
        while (true)
        {
            LiveMessage message = await _messages.Reader.ReadAsync(patience.Token);
            if (isMeant(message)) return message;
        }
    }

    public Task<LiveMessage> NextAsync(string name) => NextAsync(message => message.Event == name);

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        _answer.Dispose();
        await Ended;
        _http.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            using StreamReader lines = new(await _answer.Content.ReadAsStreamAsync(_stop.Token));
            string name = "message", data = "";
            string? id = null;
            while (await lines.ReadLineAsync(_stop.Token) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal)) data += line[6..];
                else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (line.Length > 0) continue;

                // Only the end of an event makes its id the last one, with data or without.
                LastEventId = id ?? LastEventId;
                if (data.Length > 0)
                {
                    LiveMessage message = new(name, id, JsonNode.Parse(data)!.AsObject());
                    lock (All) All.Add(message);
                    _messages.Writer.TryWrite(message);
                }

                (name, data, id) = ("message", "", null);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or HttpRequestException)
        {
            // The connection is gone, by either side.
        }

        _messages.Writer.TryComplete();
    }
}
