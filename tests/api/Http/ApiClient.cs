using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace StepCloud.Tests.Api.Http;

/// <summary>Somebody with a token, or without one, who sends what he likes.</summary>
public sealed class ApiClient(HttpClient http, string? token)
{
    private const int LargeBytes = 4 * 1024;

    public string? Token => token;

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<HttpResponseMessage> PostAsync(string path, JsonNode? body) => PostAsync(path, body?.ToJsonString() ?? "null");

    public Task<HttpResponseMessage> PostAsync(string path, string json) => PostAsync(path, Encoding.UTF8.GetBytes(json));

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? mediaType = "application/json")
    {
        ByteArrayContent content = new(body);
        if (mediaType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return SendAsync(HttpMethod.Post, path, content);
    }

    /// <param name="ifMatch">The header of that name; null for none.</param>
    public Task<HttpResponseMessage> PatchAsync(string path, JsonNode body, string? ifMatch) => SendAsync(
        HttpMethod.Patch, path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/merge-patch+json"), ifMatch);

    /// <param name="ifMatch">The header of that name; null for none.</param>
    /// <param name="key">The header Idempotency-Key; null for none.</param>
    /// <returns>A whole answer; of a stream, which has no end, its beginning.</returns>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, string? ifMatch = null, string? key = null, CancellationToken cancellationToken = default)
    {
        HttpRequestMessage request = new(method, path) { Content = content };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        // What is refused for its size is answered and cut off: whoever still writes would find a broken pipe, and not the answer (RFC 9112, 9.6).
        if (content?.Headers.ContentLength > LargeBytes || path.Length > LargeBytes) request.Headers.ExpectContinue = true;
        HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!IsStream(answer)) await answer.Content.LoadIntoBufferAsync(cancellationToken);
        return answer;
    }

    public static bool IsStream(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType == "text/event-stream";

    public Task<HttpResponseMessage> TrySignInAsync(string email, string password) =>
        PostAsync("/api/v1/sign-in", new JsonObject { ["email"] = email, ["password"] = password });

    public async Task<Tokens> SignInAsync(string email) => Http.Tokens.Of(await TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200));

    public Task<HttpResponseMessage> TryRefreshAsync(string refreshToken, string api = "/api/v1") =>
        PostAsync($"{api}/token", new JsonObject { ["refresh_token"] = refreshToken });
}

public sealed record Tokens(string AccessToken, string RefreshToken)
{
    public static Tokens Of(JsonNode answer) => new((string)answer["access_token"]!, (string)answer["refresh_token"]!);
}
