using System.Collections.Concurrent;
using System.Net.Http.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Cluster;

/// <summary>Every node is restarted, one after the other, while people and gateways go on, through Caddy.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_request_fails_and_no_step_is_lost()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            3, ("Server__DrainFor", "00:00:03"), ("Network__TrustedProxies__0", "127.0.0.1/32"), ("Limits__UserPerSecond", "100000"), ("Passwords__MemoryMiB", "19"));
        await cluster.Installation.EnrollAsync(10);
        await using CaddyProxy caddy = await CaddyProxy.StartAsync(cluster.Nodes.Select(node => node.HttpAddress));
        await using BuiltProgram shop = cluster.StartShop();
        using HttpClient http = caddy.CreateClient();
        using HttpClient signedIn = await cluster.SignInAsync(0);
        http.DefaultRequestHeaders.Authorization = signedIn.DefaultRequestHeaders.Authorization;

        using CancellationTokenSource enough = new();
        ConcurrentDictionary<string, int> answers = new();
        Task[] people = [ReadAsync(http, answers, enough.Token), ReadAsync(http, answers, enough.Token), WriteAsync(http, answers, enough.Token)];
        for (int i = 0; i < cluster.Nodes.Length; i++)
        {
            (int exitCode, TimeSpan took) = await cluster.StopNodeAsync(i);
            exitCode.ShouldBe(0);
            took.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            output.WriteLine($"Node {i} stopped in {took.TotalSeconds:F1} s");
            await cluster.StartNodeAsync(i);
            using HttpClient direct = new();
            await Eventually.HoldsAsync(async () => (await direct.GetAsync($"{cluster.Nodes[i].HttpAddress}/health/ready")).IsSuccessStatusCode, "it is ready");
            // What the proxy has seen as ready again: it asks every second.
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        await enough.CancelAsync();
        await Task.WhenAll(people);
        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
        output.WriteLine(string.Join(", ", answers));
        (await cluster.Installation.VerifyLedgersAsync()).ShouldStartWith("0: ");
        answers.Keys.Order().ToArray().ShouldBe(["read OK", "write Created"], string.Join(", ", answers));
    }

    private static async Task ReadAsync(HttpClient http, ConcurrentDictionary<string, int> answers, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested) await CountAsync("read", () => http.GetAsync("/api/v1/gateways", CancellationToken.None), answers);
    }

    private static async Task WriteAsync(HttpClient http, ConcurrentDictionary<string, int> answers, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await CountAsync(
                "write",
                () =>
                {
                    HttpRequestMessage post = new(HttpMethod.Post, "/api/v1/sites") { Content = JsonContent.Create(new { name = $"Site {Guid.NewGuid()}" }) };
                    post.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
                    return http.SendAsync(post, CancellationToken.None);
                },
                answers);
            await Task.Delay(200, CancellationToken.None);
        }
    }

    private static async Task CountAsync(string kind, Func<Task<HttpResponseMessage>> ask, ConcurrentDictionary<string, int> answers)
    {
        string what;
        try
        {
            using HttpResponseMessage answer = await ask();
            what = $"{kind} {answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            what = $"{kind} {e.Message}";
        }

        answers.AddOrUpdate(what, 1, (_, count) => count + 1);
    }
}
