using System.Text;
using System.Text.Json.Nodes;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Folders;

/// <summary>Somebody without an account, in a browser of his own, who was given a link.</summary>
internal sealed class Visitor(ApiServer server, string url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server.HttpAddress };

    public string Token => url.Split('#')[1];

    public Task<HttpResponseMessage> TryOpenAsync(string? password = null) => TryOpenAsync(password is null ? "{}" : new JsonObject { ["password"] = password }.ToJsonString(), Token);

    public async Task<HttpResponseMessage> TryOpenAsync(string body, string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/shared") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (token is not null) request.Headers.TryAddWithoutValidation("Share-Token", token);
        return await _http.SendAsync(request);
    }

    /// <returns>The address of what it shows.</returns>
    public async Task<string> OpenAsync(string? password = null) => $"/api/v1/shared/{(await TryOpenAsync(password).ShouldAnswerAsync(200))["link"]}/recordings";

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path);

    /// <param name="range">Such as `0-9`.</param>
    public Task<HttpResponseMessage> ReadAsync(string path, string range) => AskAsync(path, "Range", "bytes=" + range);

    public async Task<HttpResponseMessage> AskAsync(string path, string header, string value)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        return await _http.SendAsync(request);
    }

    /// <summary>An answer whose body is read piece by piece.</summary>
    public Task<HttpResponseMessage> BeginAsync(string path) => _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

    public void Dispose() => _http.Dispose();
}
