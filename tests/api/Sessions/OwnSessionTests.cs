using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Sessions;

/// <summary>One's own sessions: seen, and ended one by one or all at once.</summary>
[Collection(ApiTests.Name)]
public sealed class OwnSessionTests(ApiServer server)
{
    private const string Path = "/api/v1/me/sessions";

    [Fact]
    public async Task They_are_listed_with_where_they_came_from_and_which_one_asks()
    {
        (ApiClient first, ApiClient second) = await TwoAsync();
        JsonArray sessions = await ListAsync(second);
        sessions.Count.ShouldBe(2);
        sessions.Select(session => (bool)session!["is_this"]!).ShouldBe([true, false]);
        sessions.ShouldAllBe(session => (string)session!["remote_address"]! == "127.0.0.1");
        DateTimeOffset created = (DateTimeOffset)sessions[0]!["created_at"]!;
        ((DateTimeOffset)sessions[0]!["idle_until"]! - created).ShouldBe(TimeSpan.FromDays(7), TimeSpan.FromMinutes(1));
        ((DateTimeOffset)sessions[0]!["ends_at"]! - created).ShouldBe(TimeSpan.FromDays(30), TimeSpan.FromMinutes(1));
        (await ListAsync(first)).Select(session => (bool)session!["is_this"]!).ShouldBe([false, true]);
    }

    [Fact]
    public async Task One_that_is_ended_is_refused_at_once_and_the_other_goes_on()
    {
        (ApiClient first, ApiClient second) = await TwoAsync();
        string id = (string)(await ListAsync(first)).Single(session => (bool)session!["is_this"]!)!["id"]!;
        await second.SendAsync(HttpMethod.Delete, $"{Path}/{id}").ShouldAnswerAsync(204);
        await first.GetAsync(Path).ShouldBeProblemAsync(401, "invalid_token");
        (await ListAsync(second)).ShouldHaveSingleItem();
        await second.SendAsync(HttpMethod.Delete, $"{Path}/{id}").ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task Nobody_ends_another_s()
    {
        (ApiClient first, _) = await TwoAsync();
        (ApiClient stranger, _) = await TwoAsync();
        string id = (string)(await ListAsync(first))[0]!["id"]!;
        await stranger.SendAsync(HttpMethod.Delete, $"{Path}/{id}").ShouldBeProblemAsync(404, "not_found");
        await first.GetAsync(Path).ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("?others=true", 1, 200)]
    [InlineData("", 2, 401)]
    public async Task All_are_ended_at_once_with_or_without_the_one_that_asks(string query, int ended, int afterwards)
    {
        (ApiClient first, ApiClient second) = await TwoAsync();
        JsonNode answer = await second.SendAsync(HttpMethod.Delete, Path + query).ShouldAnswerAsync(200);
        ((int)answer["ended"]!).ShouldBe(ended);
        await first.GetAsync(Path).ShouldBeProblemAsync(401, "invalid_token");
        using HttpResponseMessage own = await second.GetAsync(Path);
        ((int)own.StatusCode).ShouldBe(afterwards);
    }

    private async Task<(ApiClient First, ApiClient Second)> TwoAsync()
    {
        string email = await server.AddUserAsync("viewer");
        return (server.With((await server.Anonymous.SignInAsync(email)).AccessToken), server.With((await server.Anonymous.SignInAsync(email)).AccessToken));
    }

    private static async Task<JsonArray> ListAsync(ApiClient user) => (await user.GetAsync(Path).ShouldAnswerAsync(200))["items"]!.AsArray();
}
