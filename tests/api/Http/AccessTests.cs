using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Access;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>Who may come in where.</summary>
[Collection(ApiTests.Name)]
public sealed class AccessTests(ApiServer server)
{
    [Fact]
    public void Every_route_has_the_policy_of_its_API_or_is_one_of_those_that_are_open()
    {
        IReadOnlyList<Route> routes = Route.Of(server);
        routes.Count.ShouldBeGreaterThan(12);
        IEnumerable<string> open = AccessTable.Rows.Where(row => !row.Value.StartsWith("401", StringComparison.Ordinal)).Select(row => row.Key);
        routes.Where(route => route.Policy is null).Select(route => route.Endpoint).ShouldBe(open, ignoreOrder: true);
        foreach (Route route in routes.Where(route => route.Policy is not null))
            route.Policy.ShouldBe(PolicyOf(route.Path), $"{route.Method} {route.Path}");
    }

    [Fact]
    public async Task Without_a_token_every_guarded_route_answers_401_and_says_which_scheme()
    {
        foreach (Route route in Guarded())
        {
            HttpResponseMessage answer = await SendAsync(route, server.Anonymous);
            answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer", route.Path);
            await Task.FromResult(answer).ShouldBeProblemAsync(401, "not_authenticated");
        }
    }

    [Fact]
    public async Task Each_API_refuses_the_tokens_of_the_other_kinds_of_holder()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        Dictionary<string, ApiClient> holders = new()
        {
            ["user"] = await server.OwnerAsync(),
            ["administrator"] = await server.AdministratorAsync(),
            ["gateway"] = gateway.Api,
        };
        foreach (Route route in Guarded())
        {
            foreach ((string kind, ApiClient holder) in holders.Where(holder => holder.Key != route.Policy))
            {
                HttpResponseMessage answer = await SendAsync(route, holder);
                ((int)answer.StatusCode).ShouldBe(403, $"{kind} at {route.Method} {route.Path}");
                await Task.FromResult(answer).ShouldBeProblemAsync(403, "wrong_holder");
            }
        }
    }

    [Fact]
    public async Task What_is_not_a_token_of_ours_is_refused_with_the_reason_in_the_header()
    {
        string owner = (await server.OwnerAsync()).Token!;
        string[] tokens =
        [
            "x", "a.b.c", new string('a', 10_000),
            Forgery.Tampered(owner, claims => claims["org"] = server.Other.Organization.ToString()),
            Forgery.Of(server, owner, claims => claims["iss"] = "somebody else"),
            Forgery.Of(server, owner, claims => claims["aud"] = "stepcloud:everybody"),
        ];
        foreach (string token in tokens)
        {
            HttpResponseMessage answer = await server.With(token).GetAsync("/api/v1/sites");
            answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"invalid_token\"");
            await Task.FromResult(answer).ShouldBeProblemAsync(401, "invalid_token");
        }
    }

    [Fact]
    public async Task An_expired_token_is_refused_though_its_session_is_open()
    {
        string owner = (await server.OwnerAsync()).Token!;
        await server.With(Forgery.Of(server, owner, _ => { })).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);

        string expired = Forgery.Of(server, owner, claims =>
        {
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            claims["iat"] = now - 901;
            claims["exp"] = now - 1;
        });
        await server.With(expired).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task A_signature_of_ours_does_not_help_without_an_open_session()
    {
        string sessionless = Forgery.Of(server, (await server.OwnerAsync()).Token!, claims => claims["sid"] = Guid.CreateVersion7().ToString());
        await server.With(sessionless).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task A_role_that_was_taken_away_is_gone_at_the_next_request_whatever_the_token_says()
    {
        string email = await server.AddUserAsync("auditor");
        ApiClient user = server.With((await server.Anonymous.SignInAsync(email)).AccessToken);
        await user.GetAsync("/api/v1/audit").ShouldAnswerAsync(200);
        await server.ExecuteElsewhereAsync("UPDATE app_user SET roles = '{viewer}' WHERE email = $1", email);
        await user.GetAsync("/api/v1/audit").ShouldBeProblemAsync(403, "not_allowed");

        ApiClient forged = server.With(Forgery.Of(server, user.Token!, claims => claims["roles"] = new JsonArray("administrator")));
        await forged.GetAsync("/admin/api/v1/rejected-messages").ShouldBeProblemAsync(403, "wrong_holder");
    }

    [Fact]
    public async Task Another_scheme_than_Bearer_is_no_authentication()
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("owner:password"u8));
        await http.GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_too()
    {
        await server.Anonymous.GetAsync("/api/v1/nonsense").ShouldBeProblemAsync(404, "not_found");
        await server.Anonymous.GetAsync("/api/v1/sign-in").ShouldBeProblemAsync(405, "method_not_allowed");
    }

    /// <summary>But for HEAD, whose answers have no body that could say why: AccessTableTests has what it answers.</summary>
    private IEnumerable<Route> Guarded() => Route.Of(server).Where(route => route is { Policy: not null, Method: not "HEAD" });

    private static string PolicyOf(string path) => path switch
    {
        _ when path.StartsWith("/api/v1/", StringComparison.Ordinal) || path.StartsWith("/api/tus/v1/", StringComparison.Ordinal) => "user",
        _ when path.StartsWith("/admin/api/v1/", StringComparison.Ordinal) => "administrator",
        _ when path.StartsWith("/gateway/api/v1/", StringComparison.Ordinal) || path.StartsWith("/gateway/api/tus/v1/", StringComparison.Ordinal) => "gateway",
        _ => "none is known for it",
    };

    private static Task<HttpResponseMessage> SendAsync(Route route, ApiClient client) =>
        client.SendAsync(
            new HttpMethod(route.Method), route.With(Guid.CreateVersion7().ToString()),
            route.Method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json"));
}
