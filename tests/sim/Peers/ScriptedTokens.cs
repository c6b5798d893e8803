using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StepCloud.Tests.Sim.Peers;

/// <summary>
/// The server's HTTP side as the wire describes it, over real HTTP: signing in, a site, gateways, and families of refresh tokens of which
/// each is good for one use, with the last use's retry answered alike.
/// </summary>
internal sealed class ScriptedTokens : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Family> _families = [];
    private int _lastToken;

    private ScriptedTokens(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.First() + "/");

    /// <summary>Seconds that access tokens live.</summary>
    public double ExpiresIn { get; set; } = 900;

    /// <summary>So many of the next requests are answered with 503.</summary>
    public int UnavailableFor { get; set; }

    public int Refreshes { get; private set; }

    /// <summary>Access tokens that were given out, the newest last.</summary>
    public List<string> AccessTokens { get; } = [];

    public List<string> GatewayNames { get; } = [];

    /// <summary>What gateways told of themselves, each with the access token and the media type that it came with.</summary>
    public List<(string Authorization, string MediaType, Dictionary<string, string> Told)> Told { get; } = [];

    /// <summary>What a gateway tells of itself is answered with that status.</summary>
    public int TellingStatus { get; set; } = 200;

    public static async Task<ScriptedTokens> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        ScriptedTokens tokens = new(application);
        application.MapPost("/api/v1/sign-in", (Dictionary<string, string> body) => body["email"] == "user@example.org" && body["password"] == "correct horse"
            ? Results.Json(new { access_token = "user-token", token_type = "Bearer", expires_in = 900, refresh_token = "user-refresh", refresh_expires_at = "2027-01-01T00:00:00Z" })
            : Problem(401, "wrong_credentials"));
        application.MapGet("/api/v1/sites", (HttpRequest request) => request.Headers.Authorization == "Bearer user-token"
            ? Results.Json(new { items = new[] { new { id = Guid.AllBitsSet, name = "Main shop", extra = 1 }, new { id = Guid.NewGuid(), name = "Other", extra = 2 } } })
            : Problem(401, "not_signed_in"));
        application.MapPost("/api/v1/gateways", tokens.CreateGateway);
        application.MapPost("/gateway/api/v1/token", tokens.Refresh);
        application.MapPatch("/gateway/api/v1/gateway", async (HttpRequest request) =>
        {
            Dictionary<string, string> told = (await System.Text.Json.JsonSerializer.DeserializeAsync<Dictionary<string, string>>(request.Body))!;
            lock (tokens._gate) tokens.Told.Add((request.Headers.Authorization.ToString(), request.ContentType ?? "", told));
            return tokens.TellingStatus == 200 ? Results.Json(new { version = 2 }) : Problem(tokens.TellingStatus, "not_taken");
        });
        await application.StartAsync();
        return tokens;
    }

    /// <summary>Begins a family of refresh tokens.</summary>
    public string NewFamily()
    {
        lock (_gate)
        {
            Family family = new();
            return Issue(family);
        }
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static IResult Problem(int status, string code) =>
        Results.Json(new { type = "about:blank", title = "Refused", status, code, detail = $"Because of {code}." }, contentType: "application/problem+json", statusCode: status);

    private IResult CreateGateway(HttpRequest request, Dictionary<string, string> body)
    {
        if (request.Headers.Authorization != "Bearer user-token")
            return Problem(401, "not_signed_in");
        if (body["site"] != Guid.AllBitsSet.ToString())
            return Problem(404, "not_found");
        lock (_gate)
        {
            GatewayNames.Add(body["name"]);
            return Results.Json(
                new { gateway = new { id = Guid.CreateVersion7(), name = body["name"], site = body["site"] }, access_token = "a", token_type = "Bearer", expires_in = 900, refresh_token = NewFamily(), refresh_expires_at = "2027-01-01T00:00:00Z" },
                statusCode: 201);
        }
    }

    private IResult Refresh(Dictionary<string, string> body)
    {
        lock (_gate)
        {
            if (UnavailableFor > 0)
            {
                UnavailableFor--;
                return Problem(503, "unavailable");
            }
            string token = body["refresh_token"];
            if (!_families.TryGetValue(token, out Family? family) || family.Revoked)
                return Problem(401, "invalid_grant");
            Refreshes++;
            if (token == family.Previous)
                return Grant(family);
            if (token != family.Current)
            {
                family.Revoked = true;
                return Problem(401, "invalid_grant");
            }
            family.Previous = token;
            Issue(family);
            return Grant(family);
        }
    }

    private IResult Grant(Family family)
    {
        AccessTokens.Add($"access-{AccessTokens.Count + 1}");
        return Results.Json(new { access_token = AccessTokens[^1], token_type = "Bearer", expires_in = ExpiresIn, refresh_token = family.Current, refresh_expires_at = "2027-01-01T00:00:00Z" });
    }

    private string Issue(Family family)
    {
        family.Current = $"refresh-{++_lastToken}";
        _families.Add(family.Current, family);
        return family.Current;
    }

    private sealed class Family
    {
        public string Current { get; set; } = "";

        public string Previous { get; set; } = "";

        public bool Revoked { get; set; }
    }
}
