using System.Diagnostics;
using Shouldly;
using StepCloud.Tests.Api.Watching;
using StepCloud.Tests.Support.Otlp;
using StepCloud.Tests.System.Processes;
using StepCloud.Tests.System.Replay;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>The real process, the real gateways, and a collector that is there or is not.</summary>
public sealed class WatchedTests
{
    [Fact]
    public async Task What_a_collector_gets_and_what_the_page_tells_is_what_the_gateways_sent()
    {
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync();
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram server = await installation.StartServerAsync(("Otlp__Endpoint", collector.Address), ("Otlp__TraceRatio", "1"), ("Otlp__TracesPerSecondMax", "100000"));
        await installation.EnrollAsync(2);
        await using (BuiltProgram replay = installation.StartReplay(Recording.OwnFile)) (await replay.ExitCodeAsync()).ShouldBe(0, replay.ToString());
        long stored = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        stored.ShouldBeGreaterThan(0);
        using HttpClient http = new();
        string page = await http.GetStringAsync($"{installation.HttpAddress}/metrics");
        await ShouldBeWhatPrometheusTakesAsync(page);
        MetricsText read = new(page);
        read.Samples["stepcloud_steps_stored_total"].ShouldBe(stored);
        read.Samples["stepcloud_duties"].ShouldBe(1);
        read.Samples["stepcloud_notices_listening"].ShouldBe(1);
        read.Types["stepcloud_mqtt_connections"].ShouldBe("gauge");
        read.Help["stepcloud_mqtt_sessions"].ShouldBe("Sessions in memory, connected or not");

        // The end is seen too: what is left is sent before the process ends.
        server.Signal("TERM");
        (await server.ExitCodeAsync()).ShouldBe(0, server.ToString());
        OtlpSpan[] commits = [.. collector.Spans.Where(span => span.Name == "commit steps")];
        commits.ShouldNotBeEmpty();
        HashSet<string> batches = [.. collector.Spans.Where(span => span.Name == "mqtt process").Select(span => span.Trace)];
        commits.ShouldAllBe(commit => commit.Links.Length > 0 && commit.Links.All(batches.Contains));
        commits.Sum(commit => long.Parse(commit.Attributes["stepcloud.steps"])).ShouldBeGreaterThanOrEqualTo(stored);
        collector.Metrics.ShouldContain("stepcloud.steps.stored");
    }

    [Fact]
    public async Task A_collector_that_is_away_is_told_once_a_minute_and_keeps_nothing_and_nobody_waiting()
    {
        await using Installation installation = await Installation.CreateAsync();
        Stopwatch alive = Stopwatch.StartNew();
        BuiltProgram server = await installation.StartServerAsync(
            ("Otlp__Endpoint", $"http://127.0.0.1:{Installation.FreePort()}"), ("Otlp__TraceRatio", "1"), ("Otlp__MetricsEvery", "00:00:01"), ("Otlp__Timeout", "00:00:01"));
        using HttpClient http = new();
        await installation.SignInAsync(http);
        await server.LineAsync("[4510]");
        (await installation.SignInAsync(http))["access_token"].ShouldNotBeNull();
        Stopwatch watch = Stopwatch.StartNew();
        server.Signal("TERM");
        (await server.ExitCodeAsync()).ShouldBe(0, server.ToString());
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(22), "as long as a stop may take");
        // Metrics alone failed every second.
        server.Output.Count(line => line.Contains("[4510]", StringComparison.Ordinal)).ShouldBeInRange(1, 1 + (int)alive.Elapsed.TotalMinutes);
    }

    /// <summary>What it does not like are names of the runtime's and of Npgsql's.</summary>
    private static async Task ShouldBeWhatPrometheusTakesAsync(string page) => (await Promtool.CheckMetricsAsync(page))
        .Where(line => line.StartsWith("stepcloud", StringComparison.Ordinal) || !line.EndsWith(" should not have \"_count\" suffix", StringComparison.Ordinal)).ShouldBeEmpty();
}
