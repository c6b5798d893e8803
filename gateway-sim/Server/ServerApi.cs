using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Server;

/// <summary>The calls of the server's HTTP APIs that enrolling and staying signed in take.</summary>
/// <remarks>Each throws <see cref="ServerRefusedException"/> for an answer that is not 2xx, and <see cref="HttpRequestException"/> when there is none.</remarks>
/// <param name="http">With the server's address as its base.</param>
public sealed class ServerApi(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public Task<TokenGrant> SignInAsync(string email, string password, CancellationToken cancellationToken) =>
        PostAsync<TokenGrant>("api/v1/sign-in", new { email, password }, accessToken: null, cancellationToken);

    public async Task<IReadOnlyList<Site>> GetSitesAsync(string accessToken, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "api/v1/sites");
        return (await SendAsync<SitePage>(request, accessToken, cancellationToken)).Items;
    }

    public Task<GatewayGrant> CreateGatewayAsync(
        string accessToken, SiteId site, string name, string serial, CancellationToken cancellationToken) =>
        PostAsync<GatewayGrant>("api/v1/gateways", new { site, name, serial }, accessToken, cancellationToken);

    /// <summary>Trades a gateway's refresh token, which is spent by it, for an access token and the next refresh token.</summary>
    public Task<TokenGrant> RefreshGatewayAsync(string refreshToken, CancellationToken cancellationToken) =>
        PostAsync<TokenGrant>("gateway/api/v1/token", new { refreshToken }, accessToken: null, cancellationToken);

    /// <summary>Tells what a gateway runs; the server makes no new version of what it knows.</summary>
    public async Task TellVersionsAsync(string accessToken, string softwareVersion, string hardwareVersion, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Patch, "gateway/api/v1/gateway")
        {
            Content = JsonContent.Create(new { softwareVersion, hardwareVersion }, new MediaTypeHeaderValue("application/merge-patch+json"), Json),
        };
        await SendAsync<JsonElement>(request, accessToken, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, object body, string? accessToken, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: Json) };
        return await SendAsync<T>(request, accessToken, cancellationToken);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, string? accessToken, CancellationToken cancellationToken)
    {
        if (accessToken is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw ServerRefusedException.From(response.StatusCode, body);
        try
        {
            return JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new HttpRequestException($"{request.RequestUri} answered with something else than expected.", e);
        }
    }

    private sealed record SitePage(IReadOnlyList<Site> Items);
}
