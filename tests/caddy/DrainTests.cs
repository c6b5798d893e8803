using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>Processes come and go behind the proxy.</summary>
public sealed class DrainTests
{
    private static readonly (string Name, string Value)[] Settings =
        [("Server__DrainFor", "00:00:03"), ("Network__TrustedProxies__0", "127.0.0.1/32"), ("Passwords__MemoryMiB", "19"), ("Limits__UserPerSecond", "100000")];

    [Fact]
    public async Task No_read_fails_while_one_process_after_the_other_is_restarted()
    {
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram main = await installation.StartServerAsync(Settings);
        int readerPort = Installation.FreePort();
        BuiltProgram reader = await installation.StartReaderAsync(readerPort, Settings);
        await using CaddyProxy caddy = await CaddyProxy.StartAsync([installation.HttpAddress, $"http://127.0.0.1:{readerPort}"]);
        using HttpClient http = caddy.CreateClient();
        using HttpClient direct = new();
        string token = (string)(await installation.SignInAsync(direct))["access_token"]!;
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);

        using CancellationTokenSource enough = new();
        ConcurrentDictionary<string, int> answers = new();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => ReadAsync(http, answers, enough.Token))];
        try
        {
            await StopAsync(reader, $"http://127.0.0.1:{readerPort}", direct);
            reader = await installation.StartReaderAsync(readerPort, Settings);
            await ReadyAsync(direct, $"http://127.0.0.1:{readerPort}");
            // What the proxy has seen as ready again: it asks every second.
            await Task.Delay(TimeSpan.FromSeconds(2));
            await StopAsync(main, installation.HttpAddress, direct);
            await installation.StartServerAsync(Settings);
            await ReadyAsync(direct, installation.HttpAddress);
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(readers);
            await reader.DisposeAsync();
        }

        answers.Keys.ShouldBe(["OK"], string.Join(", ", answers));
        answers["OK"].ShouldBeGreaterThan(100);
    }

    /// <summary>It says at once that it is not ready, goes on answering, ends its connections, and is gone within 30 s.</summary>
    private static async Task StopAsync(BuiltProgram process, string address, HttpClient http)
    {
        Stopwatch watch = Stopwatch.StartNew();
        process.Signal("TERM");
        await Eventually.HoldsAsync(
            async () =>
            {
                using HttpResponseMessage ready = await http.GetAsync($"{address}/health/ready");
                if (ready.StatusCode == HttpStatusCode.OK) return false;
                ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                (await ready.Content.ReadAsStringAsync()).ShouldContain("\"code\":\"draining\"");
                return true;
            },
            "it is not ready any more");
        using HttpResponseMessage answer = await http.GetAsync($"{address}/.well-known/jwks.json");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.ConnectionClose.ShouldBe(true);
        (await process.ExitCodeAsync()).ShouldBe(0, process.ToString());
        watch.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30));
    }

    private static Task ReadyAsync(HttpClient http, string address) => Eventually.HoldsAsync(
        async () =>
        {
            using HttpResponseMessage ready = await http.GetAsync($"{address}/health/ready");
            return ready.StatusCode == HttpStatusCode.OK;
        },
        "it is ready again");

    private static async Task ReadAsync(HttpClient http, ConcurrentDictionary<string, int> answers, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            string came;
            try
            {
                using HttpResponseMessage answer = await http.GetAsync("/api/v1/sites", CancellationToken.None);
                came = answer.StatusCode.ToString();
            }
            catch (HttpRequestException e)
            {
                came = e.Message;
            }

            answers.AddOrUpdate(came, 1, (_, count) => count + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }
}
