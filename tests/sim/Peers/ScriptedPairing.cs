using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Sim.Peers;

/// <summary>The server's side of the Device Authorization Grant over real HTTP: it answers each poll with the next thing that the test has written down.</summary>
internal sealed class ScriptedPairing : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<PollAnswer> _answers;

    private ScriptedPairing(WebApplication application, IEnumerable<PollAnswer> answers)
    {
        _application = application;
        _answers = new ConcurrentQueue<PollAnswer>(answers);
    }

    public Uri Address => new(_application.Urls.First() + "/");

    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Starts { get; } = [];

    public ConcurrentQueue<(DateTimeOffset At, IReadOnlyDictionary<string, string> Form)> Polls { get; } = [];

    public static async Task<ScriptedPairing> StartAsync(params PollAnswer[] answers)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        ScriptedPairing pairing = new(application, answers);
        application.MapPost("/gateway/api/v1/pairing/device-authorization", pairing.StartPairingAsync);
        application.MapPost("/gateway/api/v1/pairing/token", pairing.PollAsync);
        await application.StartAsync();
        return pairing;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task<IResult> StartPairingAsync(HttpRequest request)
    {
        Starts.Enqueue(await ReadAsync(request));
        return Results.Json(new
        {
            device_code = "device-code", user_code = "BCDF-GHJK", verification_uri = "http://stepcloud.example/pair",
            verification_uri_complete = "http://stepcloud.example/pair?user_code=BCDF-GHJK", expires_in = 600, interval = 1,
        });
    }

    private async Task<IResult> PollAsync(HttpRequest request)
    {
        IReadOnlyDictionary<string, string> form = await ReadAsync(request);
        Polls.Enqueue((DateTimeOffset.UtcNow, form));
        if (!_answers.TryDequeue(out PollAnswer? answer)) throw new InvalidOperationException("It asks more often than the test has answers.");
        if (answer.Error is { } error) return Results.Json(new { error, error_description = $"Because of {error}." }, statusCode: answer.Status);
        return Results.Json(new
        {
            access_token = "a", token_type = "Bearer", expires_in = 900, refresh_token = answer.RefreshToken, refresh_expires_at = "2027-01-01T00:00:00Z",
            gateway = new { id = Starts.Last()["gateway_id"], name = "Gateway by the door", site = Guid.AllBitsSet },
        });
    }

    private static async Task<IReadOnlyDictionary<string, string>> ReadAsync(HttpRequest request) =>
        (await request.ReadFormAsync()).ToDictionary(pair => pair.Key, pair => pair.Value.Single()!, StringComparer.Ordinal);
}

/// <param name="Error">Null: the tokens.</param>
internal sealed record PollAnswer(string? Error, int Status = 400, string RefreshToken = "refresh")
{
    public static readonly PollAnswer Tokens = new((string?)null);
}
