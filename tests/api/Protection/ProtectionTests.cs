using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Protection;

/// <summary>Limits by address and by holder, security headers, origins and proxies, on servers that are set up for each.</summary>
public sealed class ProtectionTests
{
    [Fact]
    public async Task Attempts_without_a_token_are_limited_by_address_and_told_when_to_come_again()
    {
        await using RunningServer server = await RunningServer.StartAsync(("Limits:AttemptsPerMinute", "5"));
        for (int i = 0; i < 5; i++) (await server.SignInAsync("nobody@example.org")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        HttpResponseMessage refused = await server.SignInAsync("nobody@example.org");
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        JsonNode problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        ((string)problem["code"]!).ShouldBe("too_many_requests");
        (await server.Http.PostAsJsonAsync("/api/v1/token", new { refresh_token = "x" })).StatusCode
            .ShouldBe(HttpStatusCode.Unauthorized, "renewals have a limit of their own");
        (await server.Http.GetAsync("/.well-known/jwks.json")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_holder_is_limited_and_another_at_the_same_address_is_not()
    {
        await using RunningServer server = await RunningServer.StartAsync(("Limits:UserPerSecond", "6"));
        string first = await server.TokenAsync(), second = await server.TokenAsync();
        async Task<int> RefusedOfAsync(string token, int count)
        {
            HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => server.GetAsync("/api/v1/sites", token)));
            answers.ShouldAllBe(answer => answer == HttpStatusCode.OK || answer == HttpStatusCode.TooManyRequests);
            return answers.Count(answer => answer == HttpStatusCode.TooManyRequests);
        }

        (await RefusedOfAsync(first, 100)).ShouldBeGreaterThan(20);
        (await RefusedOfAsync(second, 3)).ShouldBe(0);
    }

    [Fact]
    public async Task A_body_over_a_mebibyte_is_refused_where_only_a_few_lines_are_expected()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        HttpResponseMessage answer = await server.Http.PostAsync(
            "/api/v1/sign-in", new StringContent($$"""{"email":"{{new string('x', 1024 * 1024)}}","password":"x"}""", Encoding.UTF8, "application/json"));
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!).ShouldBe("too_large");
    }

    [Theory]
    [InlineData("/api/v1/sites")]
    [InlineData("/nothing/here")]
    [InlineData("/docs/index.html")]
    [InlineData("/openapi/user.json")]
    public async Task Every_answer_tells_browsers_what_to_refuse(string path)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        HttpResponseMessage answer = await server.Http.GetAsync(path);
        string Header(string name) => answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : "";
        Header("Content-Security-Policy").ShouldStartWith("default-src 'none';");
        Header("Content-Security-Policy").ShouldContain("frame-ancestors 'none'");
        Header("Content-Security-Policy").ShouldNotContain("script-src 'self' 'unsafe");
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("Cross-Origin-Opener-Policy").ShouldBe("same-origin");
        Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        Header("Server").ShouldBeEmpty();
        Header("Strict-Transport-Security").ShouldBeEmpty("there is no TLS here");
        if (!path.StartsWith("/docs", StringComparison.Ordinal)) answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/admin/docs/index.html")]
    [InlineData("/gateway/docs/index.html")]
    public async Task The_pages_of_the_documents_run_nothing_that_their_policy_forbids(string page)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string html = await server.Http.GetStringAsync(page);
        foreach (Match script in Regex.Matches(html, "<script(?<attributes>[^>]*)>(?<text>.*?)</script>", RegexOptions.Singleline, TimeSpan.FromSeconds(1)))
        {
            script.Groups["attributes"].Value.ShouldContain("src=");
            script.Groups["attributes"].Value.ShouldNotContain("//");
            script.Groups["text"].Value.Trim().ShouldBeEmpty();
        }

        html.ShouldNotContain("onload=");
    }

    [Fact]
    public async Task Other_origins_may_call_only_where_they_are_configured()
    {
        const string Origin = "https://console.example.org";
        await using RunningServer closed = await RunningServer.StartAsync();
        await using RunningServer open = await RunningServer.StartAsync(("Network:AllowedOrigins:0", Origin));
        foreach ((RunningServer server, string origin, bool isAllowed) in new[] { (closed, Origin, false), (open, Origin, true), (open, "https://evil.example", false) })
        {
            using HttpRequestMessage preflight = new(HttpMethod.Options, "/api/v1/sites");
            preflight.Headers.Add("Origin", origin);
            preflight.Headers.Add("Access-Control-Request-Method", "GET");
            preflight.Headers.Add("Access-Control-Request-Headers", "authorization");
            HttpResponseMessage answer = await server.Http.SendAsync(preflight);
            answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(isAllowed, origin);
            answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Only_a_trusted_proxy_is_believed_where_a_caller_comes_from()
    {
        await using RunningServer trusting = await RunningServer.StartAsync(("Network:TrustedProxies:0", "127.0.0.1/32"));
        await using RunningServer plain = await RunningServer.StartAsync();
        foreach ((RunningServer server, string expected) in new[] { (trusting, "203.0.113.7"), (plain, "127.0.0.1") })
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/sign-in")
            {
                Content = JsonContent.Create(new { email = await server.UserAsync(), password = Seeds.Password }),
            };
            request.Headers.Add("X-Forwarded-For", "203.0.113.7");
            (await server.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await server.Database.ScalarAsync<string>("SELECT remote_address FROM session ORDER BY created_at DESC LIMIT 1")).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("Network:TrustedProxies:0", "everybody")]
    [InlineData("Network:AllowedOrigins:0", "*")]
    [InlineData("Network:AllowedOrigins:0", "https://console.example.org/path")]
    [InlineData("Limits:AttemptsPerMinute", "0")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string name, string value)
    {
        await using TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        SettingException exception = await Should.ThrowAsync<SettingException>(() => ApiServer.StartServerAsync(database.ConnectionString, (name, value)));
        exception.Message.ShouldContain(name.Split(':')[1]);
    }

    private sealed class RunningServer(TestDatabase database, StepCloudServer server) : IAsyncDisposable
    {
        public TestDatabase Database => database;

        public HttpClient Http { get; } = new() { BaseAddress = new Uri(server.HttpAddress) };

        public static async Task<RunningServer> StartAsync(params (string Name, string? Value)[] settings)
        {
            TestDatabase database = await TestPostgres.CreateDatabaseAsync();
            return new RunningServer(database, await ApiServer.StartServerAsync(database.ConnectionString, settings));
        }

        public Task<HttpResponseMessage> SignInAsync(string email) => Http.PostAsJsonAsync("/api/v1/sign-in", new { email, password = Seeds.Password });

        /// <summary>The e-mail address of a new owner of a new organization.</summary>
        public async Task<string> UserAsync() => (await new Seeds(server.Services, database).AddShopAsync("Shop")).OwnerEmail;

        public async Task<string> TokenAsync() =>
            (string)JsonNode.Parse(await (await SignInAsync(await UserAsync())).Content.ReadAsStringAsync())!["access_token"]!;

        public async Task<HttpStatusCode> GetAsync(string path, string token)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return (await Http.SendAsync(request)).StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await server.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
