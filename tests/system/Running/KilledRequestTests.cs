using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.System.Running;

/// <summary>A server that is killed while it works on a request with an Idempotency-Key, and the same request to its successor.</summary>
public sealed class KilledRequestTests(ITestOutputHelper output)
{
    private const int Rounds = 6;
    private const int RequestsOfRound = 4;
    private const int KillAfterMaxMs = 30;

    [Fact]
    public async Task Whenever_the_server_is_killed_the_same_request_again_finds_or_makes_the_one_site_and_its_answer_stays()
    {
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram server = await installation.StartServerAsync();
        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)(await installation.SignInAsync(http))["access_token"]!);
        // What runs for the first time takes longer than the moments in which it is to be killed.
        for (int i = 0; i < 3; i++) (await SendAsync(http, installation, new Cut($"Before {i}", Guid.NewGuid(), 0))).Dispose();

        int seed = Random.Shared.Next(), done = 0, begun = 0;
        Random random = new(seed);
        for (int round = 0; round < Rounds; round++)
        {
            Cut[] cuts = [.. Enumerable.Range(0, RequestsOfRound).Select(i => new Cut($"Site {round} {i}", Guid.NewGuid(), random.Next(KillAfterMaxMs + 1)))];
            Task<bool>[] answered = [.. cuts.Select(cut => IsAnsweredAsync(http, installation, cut))];
            await Task.Delay(KillAfterMaxMs);
            await server.KillAsync();
            bool[] isAnswered = await Task.WhenAll(answered);
            await server.DisposeAsync();
            // What the killed process had in its connections is committed or gone, before somebody looks.
            await Task.Delay(100);
            List<bool> isDone = [];
            foreach (Cut cut in cuts)
            {
                isDone.Add(await CountAsync(installation, "site WHERE name = $1", cut.Name) == 1);
                if (isDone[^1]) done++;
                else if (await CountAsync(installation, "idempotent_request WHERE key = $1", cut.Key.ToString()) == 1) begun++;
            }

            server = await installation.StartServerAsync();
            for (int i = 0; i < cuts.Length; i++)
            {
                string where = $"round {round}, {cuts[i]}, seed {seed}";
                if (isAnswered[i]) isDone[i].ShouldBeTrue(where);
                await RepeatAsync(http, installation, cuts[i], isDone[i], where);
            }
        }

        output.WriteLine(
            $"Of {Rounds * RequestsOfRound} requests {done} were done when the server was killed, {begun} were begun, {(Rounds * RequestsOfRound) - done - begun} had not come in.");
    }

    private static async Task RepeatAsync(HttpClient http, Installation installation, Cut cut, bool isDone, string where)
    {
        using HttpResponseMessage retry = await SendAsync(http, installation, cut), third = await SendAsync(http, installation, cut);
        string made = await retry.Content.ReadAsStringAsync();
        retry.StatusCode.ShouldBe(HttpStatusCode.Created, $"{where}: {made}");
        IsReplayed(retry).ShouldBe(isDone, where);
        (await CountAsync(installation, "site WHERE name = $1", cut.Name)).ShouldBe(1, where);
        Guid id = Guid.Parse((string)JsonNode.Parse(made)!["id"]!);
        (await installation.Database.ScalarAsync<Guid>("SELECT id FROM site WHERE name = $1", cut.Name)).ShouldBe(id, where);
        (third.StatusCode, IsReplayed(third), await third.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.Created, true, made), where);
        third.Headers.Location.ShouldBe(retry.Headers.Location, where);
        third.Headers.ETag.ShouldBe(retry.Headers.ETag, where);
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient http, Installation installation, Cut cut)
    {
        await Task.Delay(KillAfterMaxMs - cut.KilledAfterMs);
        try
        {
            using HttpResponseMessage answer = await SendAsync(http, installation, cut);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static bool IsReplayed(HttpResponseMessage answer) => answer.Headers.Contains("Idempotency-Replayed");

    private static Task<long> CountAsync(Installation installation, string from, string value) =>
        installation.Database.ScalarAsync<long>($"SELECT count(*) FROM {from}", value);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, Installation installation, Cut cut)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, installation.HttpAddress + "/api/v1/sites")
        {
            Content = new StringContent(new JsonObject { ["name"] = cut.Name }.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", cut.Key.ToString());
        return await http.SendAsync(request);
    }

    /// <param name="KilledAfterMs">From its sending on.</param>
    private sealed record Cut(string Name, Guid Key, int KilledAfterMs);
}
