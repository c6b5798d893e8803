using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>What goes through the proxy and what does not, and who is believed to have sent it.</summary>
[Collection(RunningProxyCollection.Name)]
public sealed class RouteTests(RunningProxy proxy)
{
    [Theory]
    [InlineData("/docs/index.html", "text/html")]
    [InlineData("/admin/docs/index.html", "text/html")]
    [InlineData("/gateway/docs/index.html", "text/html")]
    [InlineData("/openapi/user.json", "application/json")]
    [InlineData("/openapi/admin.json", "application/json")]
    [InlineData("/openapi/gateway.json", "application/json")]
    [InlineData("/.well-known/jwks.json", "application/json")]
    [InlineData("/shared", "text/html")]
    [InlineData("/shared/page.js", "text/javascript")]
    public async Task The_documents_of_the_three_APIs_and_the_keys_are_there(string path, string mediaType)
    {
        using HttpClient http = proxy.Caddy.CreateClient();
        using HttpResponseMessage answer = await http.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(mediaType);
        answer.Headers.Contains("Server").ShouldBeFalse();
        answer.Headers.GetValues("Strict-Transport-Security").ShouldHaveSingleItem("the server was told that it is HTTPS");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task Somebody_signs_in_and_reads()
    {
        using HttpClient http = await proxy.SignedInAsync("127.0.1.1");
        JsonNode sites = JsonNode.Parse(await http.GetStringAsync("/api/v1/sites"))!;
        ((string)sites["items"]![0]!["name"]!).ShouldBe("Workshop");
        using HttpResponseMessage start = await http.GetAsync("/");
        start.Headers.Location!.ToString().ShouldBe("/docs");
    }

    [Theory]
    [InlineData("/health/ready")]
    [InlineData("/health/live")]
    [InlineData("/metrics")]
    [InlineData("/apis")]
    public async Task What_is_not_listed_is_not_for_the_outside(string path)
    {
        using HttpClient http = proxy.Caddy.CreateClient();
        using HttpResponseMessage answer = await http.GetAsync(path);
        await answer.ShouldBeAsync(ProblemKinds.NotFound);
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task The_API_of_administrators_is_open_to_the_networks_that_are_listed()
    {
        using HttpClient http = proxy.Caddy.CreateClient(RunningProxy.AdministratorsAddress);
        using HttpResponseMessage answer = await http.GetAsync("/admin/api/v1/organizations");
        await answer.ShouldBeAsync(ProblemKinds.NotAuthenticated);
    }

    [Theory]
    [InlineData("/admin/api/v1/organizations")]
    [InlineData("/admin/docs/index.html")]
    [InlineData("/admin")]
    [InlineData("/openapi/admin.json")]
    [InlineData("/OpenApi/Admin.JSON")]
    [InlineData("/openapi/%61dmin.json")]
    [InlineData("/ADMIN/docs/index.html")]
    [InlineData("/%61dmin/docs/index.html")]
    [InlineData("/docs/../admin/docs/index.html")]
    [InlineData("/docs/%2e%2e/admin/docs/index.html")]
    [InlineData("/docs/%2E./admin/api/v1/organizations")]
    [InlineData("/./admin/api/v1/organizations")]
    [InlineData("/api/../admin/api/v1/organizations?x=/docs")]
    public async Task A_stranger_is_refused_there_however_he_writes_it_and_whatever_he_says_of_himself(string path)
    {
        using HttpClient http = proxy.Caddy.CreateClient("127.0.0.2");
        using HttpRequestMessage request = new(HttpMethod.Get, AsWritten(path));
        foreach (string header in new[] { "X-Forwarded-For", "X-Real-IP", "Client-IP" }) request.Headers.Add(header, RunningProxy.AdministratorsAddress);
        request.Headers.Add("Forwarded", $"for={RunningProxy.AdministratorsAddress}");
        using HttpResponseMessage answer = await http.SendAsync(request);
        await answer.ShouldBeAsync(ProblemKinds.AddressNotAllowed);
    }

    [Theory]
    [InlineData("//admin/api/v1/organizations")]
    [InlineData("/admin%2fapi/v1/organizations")]
    [InlineData("/docs/..%2fadmin/api/v1/organizations")]
    [InlineData("/admin;x/api/v1/organizations")]
    [InlineData("/docs/..\\admin\\api\\v1\\organizations")]
    public async Task Nor_does_a_path_that_only_looks_like_it_come_to_it(string path)
    {
        using HttpClient http = proxy.Caddy.CreateClient("127.0.0.2");
        using HttpRequestMessage request = new(HttpMethod.Get, AsWritten(path));
        using HttpResponseMessage answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Forbidden, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_caller_is_known_by_the_address_he_comes_from_and_not_by_the_one_he_claims()
    {
        using HttpClient http = proxy.Caddy.CreateClient("127.0.1.5");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        http.DefaultRequestHeaders.Add("Forwarded", "for=203.0.113.9");
        string token = (string)(await proxy.Installation.SignInAsync(http, proxy.Caddy.Address))["access_token"]!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        (await proxy.Database.ScalarAsync<long>("SELECT count(*) FROM session WHERE remote_address = '127.0.1.5'")).ShouldBe(1);
        (await proxy.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE remote_address = '127.0.1.5'")).ShouldBeGreaterThan(0);
        (await proxy.Database.ScalarAsync<long>("SELECT count(*) FROM session WHERE remote_address LIKE '203.%'")).ShouldBe(0);
    }

    [Fact]
    public async Task The_limit_of_attempts_is_kept_for_whoever_claims_another_address_each_time_and_holds_nobody_else_back()
    {
        static async Task<HttpStatusCode> TryAsync(HttpClient http, int claimed)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/sign-in") { Content = JsonContent.Create(new { email = "nobody@test.example", password = "x" }) };
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{claimed}");
            using HttpResponseMessage answer = await http.SendAsync(request);
            return answer.StatusCode;
        }

        using HttpClient guesser = proxy.Caddy.CreateClient("127.0.1.6"), other = proxy.Caddy.CreateClient("127.0.1.7");
        List<HttpStatusCode> answers = [];
        for (int i = 0; i <= RunningProxy.AttemptsPerMinute + 2; i++) answers.Add(await TryAsync(guesser, i));
        answers.Count(answer => answer == HttpStatusCode.TooManyRequests).ShouldBeGreaterThan(0);
        answers[0].ShouldBe(HttpStatusCode.Unauthorized);
        (await TryAsync(other, 1)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task HTTP_is_redirected_and_the_certificate_is_believed_only_by_who_was_given_the_authority()
    {
        using HttpClient plain = new(new SocketsHttpHandler { AllowAutoRedirect = false });
        using HttpResponseMessage redirect = await plain.GetAsync($"{proxy.Caddy.PlainAddress}/api/v1/sites?x=1");
        redirect.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        redirect.Headers.Location!.ToString().ShouldBe($"{proxy.Caddy.Address}/api/v1/sites?x=1");
        await Should.ThrowAsync<HttpRequestException>(() => plain.GetAsync($"{proxy.Caddy.Address}/docs"));
    }

    [Fact]
    public async Task The_log_of_accesses_has_the_path_and_neither_query_nor_token()
    {
        using HttpClient http = proxy.Caddy.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/devices?search=a-secret-search");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "a-secret-token");
        request.Headers.Add("X-Other", "a-secret-header");
        using HttpResponseMessage answer = await http.SendAsync(request);
        await Eventually.HoldsAsync(
            () => proxy.Caddy.Log.Any(line => line.Contains("\"/api/v1/devices\"", StringComparison.Ordinal)), "the request is in the log");
        proxy.Caddy.Log.ShouldAllBe(line => !line.Contains("a-secret"));
    }

    /// <summary>A client would tidy it up otherwise.</summary>
    private Uri AsWritten(string path) => new(proxy.Caddy.Address + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
