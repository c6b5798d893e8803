using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Http;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>What the proxy itself does with bodies, headers and an upstream that is away: behind it stands a server that takes everything.</summary>
public sealed class BodyTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private EchoServer? _echo;
    private CaddyProxy? _caddy;

    public async Task InitializeAsync()
    {
        _echo = await EchoServer.StartAsync();
        _caddy = await CaddyProxy.StartAsync([_echo.Address]);
        // Reads wait until the server behind is found there; bodies are sent once.
        using HttpClient http = _caddy.CreateClient();
        using HttpResponseMessage first = await http.GetAsync("/api/v1/sites");
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async Task DisposeAsync()
    {
        if (_caddy is not null) await _caddy.DisposeAsync();
        if (_echo is not null) await _echo.DisposeAsync();
    }

    [Theory]
    [InlineData("/api/v1/sign-in", 1 * MiB)]
    [InlineData("/api/v1/devices/import", 8 * MiB)]
    [InlineData("/gateway/api/v1/steps", 16 * MiB)]
    [InlineData("/admin/api/v1/quarantine/1/replay", 16 * MiB)]
    public async Task A_body_as_large_as_its_route_may_have_passes_and_a_larger_one_is_refused(string path, int bytesMax)
    {
        using HttpClient http = _caddy!.CreateClient();
        using HttpResponseMessage passed = await SendAsync(http, path, bytesMax, isLengthTold: true);
        passed.StatusCode.ShouldBe(HttpStatusCode.OK);
        ((int)JsonNode.Parse(await passed.Content.ReadAsStringAsync())!["bytes"]!).ShouldBe(bytesMax);
        using HttpResponseMessage refused = await SendAsync(http, path, bytesMax + 1, isLengthTold: true);
        await refused.ShouldBeAsync(ProblemKinds.TooLarge);

        using HttpResponseMessage untold = await SendAsync(http, path, bytesMax, isLengthTold: false);
        untold.StatusCode.ShouldBe(HttpStatusCode.OK);
        try
        {
            using HttpResponseMessage cut = await SendAsync(http, path, bytesMax + MiB, isLengthTold: false);
            await cut.ShouldBeAsync(ProblemKinds.TooLarge);
        }
        catch (HttpRequestException)
        {
            // Who goes on sending may find the connection closed before he has read why.
        }

        _echo!.BytesMax.ShouldBe(bytesMax, "none that was larger has come to the server as a whole");
        using HttpResponseMessage next = await http.GetAsync("/api/v1/sites");
        next.StatusCode.ShouldBe(HttpStatusCode.OK, "whoever sends too much is no reason to think that the server is away");
    }

    [Fact]
    public async Task The_server_is_told_who_asks_by_the_proxy_alone()
    {
        using HttpClient http = _caddy!.CreateClient("127.0.0.9");
        foreach ((string name, string value) in new[] { ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Proto", "gopher"), ("Forwarded", "for=203.0.113.1;proto=http") })
            http.DefaultRequestHeaders.Add(name, value);
        using HttpResponseMessage answer = await http.GetAsync("/api/v1/sites?x=1");
        answer.Headers.Contains("Server").ShouldBeFalse();
        JsonNode headers = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["headers"]!;
        ((string)headers["X-Forwarded-For"]!).ShouldBe("127.0.0.9");
        ((string)headers["X-Forwarded-Proto"]!).ShouldBe("https");
        headers["Forwarded"].ShouldBeNull();
        ((string)headers["Host"]!).ShouldBe(new Uri(_caddy.Address).Authority);
    }

    [Fact]
    public async Task While_nobody_is_there_reads_wait_and_then_it_is_said_as_the_api_says_it_and_it_is_back_by_itself()
    {
        int port = Installation.FreePort();
        await using CaddyProxy caddy = await CaddyProxy.StartAsync([$"http://127.0.0.1:{port}"], ("STEPCLOUD_PATIENCE", "2s"));
        using HttpClient http = caddy.CreateClient();
        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using HttpResponseMessage away = await http.SendAsync(new HttpRequestMessage(method, "/api/v1/sites?q=a-secret-search"));
            await away.ShouldBeAsync(ProblemKinds.Unavailable);
            away.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
            away.Headers.GetValues("Cache-Control").ShouldBe(["no-store"]);
        }

        caddy.Log.ShouldAllBe(line => !line.Contains("a-secret"), "errors are logged as accesses are");
        Task<HttpResponseMessage> waiting = http.GetAsync("/api/v1/sites");
        await using EchoServer back = await EchoServer.StartAsync(port);
        (await waiting).StatusCode.ShouldBe(HttpStatusCode.OK);
        using HttpResponseMessage again = await http.PostAsync("/api/v1/sites", null);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, int bytes, bool isLengthTold)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[bytes]) };
        // Who tells how much he will send waits a moment for what is said of it (RFC 9110 §10.1.1); without, the length is not told.
        if (isLengthTold) request.Headers.ExpectContinue = true;
        else request.Headers.TransferEncodingChunked = true;
        return await http.SendAsync(request);
    }
}
