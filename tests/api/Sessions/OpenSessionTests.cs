using System.Diagnostics;
using System.Net;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Sessions;

/// <summary>A session that was just found open is not asked for again for a moment; what ends is refused within a second all the same, at every process (docs/adr/0006).</summary>
public sealed class OpenSessionTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Path = "/api/v1/devices";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1", HttpStatusCode.Unauthorized)]
    [InlineData("UPDATE session SET ends_at = now() WHERE holder_id = $1", HttpStatusCode.Unauthorized)]
    [InlineData("UPDATE app_user SET disabled_at = now() WHERE id = $1", HttpStatusCode.Unauthorized)]
    [InlineData("DELETE FROM session WHERE holder_id = $1", HttpStatusCode.Unauthorized)]
    [InlineData("UPDATE app_user SET roles = '{}' WHERE id = $1", HttpStatusCode.Forbidden)]
    [InlineData(
        "UPDATE organization SET archived_at = now(), archived_by = 'test', archive_reason = 'test' WHERE id = (SELECT organization_id FROM app_user WHERE id = $1)",
        HttpStatusCode.Unauthorized)]
    public Task Whatever_ends_a_session_somewhere_else_every_process_refuses_it_within_a_second_though_it_is_asked_all_the_time(string sql, HttpStatusCode status) =>
        RefusedWithinASecondAsync(sql, status);

    [Fact]
    public async Task It_is_refused_within_a_second_even_when_nobody_hears_of_its_end()
    {
        await server.Database.ExecuteAsync("ALTER TABLE session DISABLE TRIGGER session_ended");
        await server.Database.ExecuteAsync(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'LISTEN stepcloud' AND datname = current_database()");
        await RefusedWithinASecondAsync("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1", HttpStatusCode.Unauthorized);
        await server.Database.ExecuteAsync("ALTER TABLE session ENABLE TRIGGER session_ended");
    }

    [Fact]
    public async Task Whoever_signs_out_is_out_with_the_answer()
    {
        string email = await server.AddUserAsync();
        for (int round = 0; round < 20; round++)
        {
            ApiClient user = server.With((await server.Anonymous.SignInAsync(email)).AccessToken);
            using CancellationTokenSource stop = new();
            Task others = AskAsync(user, stop.Token);
            await user.GetAsync(Path).ShouldAnswerAsync(200);
            (await user.SendAsync(HttpMethod.Post, "/api/v1/sign-out")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await user.GetAsync(Path).ShouldBeProblemAsync(401, "invalid_token");
            await stop.CancelAsync();
            await others;
        }
    }

    [Fact]
    public async Task A_role_that_was_taken_away_here_is_gone_with_the_answer()
    {
        Shop shop = await server.AddShopAsync("Roles");
        string email = await server.AddUserAsync(shop.Organization, "technician");
        Guid id = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        ApiClient user = await server.UserAsync(email), owner = await server.UserAsync(shop.OwnerEmail);
        await user.GetAsync(Path).ShouldAnswerAsync(200);
        using HttpResponseMessage changed = await owner.SendAsync(HttpMethod.Post, $"/api/v1/members/{id}/disable");
        ((int)changed.StatusCode).ShouldBeInRange(200, 204, await changed.Content.ReadAsStringAsync());
        await user.GetAsync(Path).ShouldBeProblemAsync(401, "invalid_token");
    }

    private async Task RefusedWithinASecondAsync(string sql, HttpStatusCode status)
    {
        using TemporaryFolder folder = new();
        await using StepCloudServer reader = await ApiServer.StartServerAsync(
            server.Database.ConnectionString, ("Server:Role", "reader"), ("Server:Data", folder.Path));
        using HttpClient http = new() { BaseAddress = new Uri(reader.HttpAddress) };
        Shop shop = await server.AddShopAsync("Ends");
        string token = (await server.Anonymous.SignInAsync(shop.OwnerEmail)).AccessToken;
        Guid id = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", shop.OwnerEmail);
        ApiClient[] both = [server.With(token), new ApiClient(http, token)];
        using CancellationTokenSource stop = new();
        Task others = Task.WhenAll(both.Select(client => AskAsync(client, stop.Token)));
        foreach (ApiClient client in both) await client.GetAsync(Path).ShouldAnswerAsync(200);

        await server.Database.ExecuteAsync(sql, id);
        Stopwatch watch = Stopwatch.StartNew();
        foreach (ApiClient client in both)
        {
            await Eventually.HoldsAsync(async () => await StatusAsync(client) == status, "it is refused");
            watch.Elapsed.ShouldBeLessThan(Second);
        }

        for (int again = 0; again < 10; again++)
            foreach (ApiClient client in both) (await StatusAsync(client)).ShouldBe(status, "for good");
        await stop.CancelAsync();
        await others;
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(Path);
        return answer.StatusCode;
    }

    /// <summary>Others with the same token, so that the session is never left alone.</summary>
    private static async Task AskAsync(ApiClient client, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested) await StatusAsync(client);
    }
}
