using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Cluster;

/// <summary>What is done at one node holds at the others, and what happens at one is seen at the others.</summary>
public sealed class AcrossNodesTests(AcrossNodesTests.Shop shop, ITestOutputHelper output) : IClassFixture<AcrossNodesTests.Shop>
{
    [Fact]
    public async Task A_session_that_is_ended_at_one_node_is_ended_at_all_within_a_second()
    {
        using HttpClient at0 = await shop.Cluster.SignInAsync(0);
        using HttpClient at1 = shop.SameSession(at0, 1), at2 = shop.SameSession(at0, 2);
        foreach (HttpClient http in new[] { at0, at1, at2 }) (await http.GetAsync("/api/v1/sites")).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await at0.PostAsync("/api/v1/sign-out", null)).IsSuccessStatusCode.ShouldBeTrue();
        Stopwatch since = Stopwatch.StartNew();
        foreach (HttpClient http in (HttpClient[])[at1, at2])
            await Eventually.HoldsAsync(async () => (await http.GetAsync("/api/v1/sites")).StatusCode == HttpStatusCode.Unauthorized, "the session is ended there too");
        output.WriteLine($"Ended at the others after {since.ElapsedMilliseconds} ms");
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_gateway_that_is_unpaired_at_one_node_is_shut_out_at_the_one_it_is_connected_to()
    {
        Guid gateway = shop.Gateways[^1];
        using HttpClient http = await shop.Cluster.SignInAsync(1);
        (await shop.ConnectionsAsync(gateway)).ShouldBe(1);
        (await http.PostAsync($"/api/v1/gateways/{gateway}/unpair", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await Eventually.HoldsAsync(async () => await shop.ConnectionsAsync(gateway) == 0, "its connection is closed");
    }

    [Fact]
    public async Task A_command_that_is_given_at_any_node_reaches_its_gateway_wherever_that_is_connected()
    {
        // Another test may have used up what the user may ask.
        await Task.Delay(TimeSpan.FromSeconds(2));
        for (int node = 0; node < shop.Cluster.Nodes.Length; node++)
        {
            using HttpClient http = await shop.Cluster.SignInAsync(node);
            foreach (Guid gateway in shop.Gateways[..^1])
            {
                HttpResponseMessage given = await http.PostAsJsonAsync($"/api/v1/gateways/{gateway}/commands", new { name = "ping" });
                given.IsSuccessStatusCode.ShouldBeTrue($"{given.StatusCode} {await given.Content.ReadAsStringAsync()}");
                string id = (string)JsonNode.Parse(await given.Content.ReadAsStringAsync())!["id"]!;
                await Eventually.HoldsAsync(
                    async () => (string?)JsonNode.Parse(await http.GetStringAsync($"/api/v1/gateways/{gateway}/commands/{id}"))!["state"] == "answered", $"{gateway} answers what node {node} was given");
            }
        }
    }

    [Fact]
    public async Task What_a_device_does_is_seen_live_at_every_node()
    {
        Guid device = await shop.Cluster.Database.ScalarAsync<Guid>("SELECT device_id FROM step_event WHERE gateway_id = $1 LIMIT 1", shop.Gateways[0]);
        await Task.WhenAll(Enumerable.Range(0, shop.Cluster.Nodes.Length).Select(async node =>
        {
            using HttpClient http = await shop.Cluster.SignInAsync(node);
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
            using HttpRequestMessage watch = new(HttpMethod.Get, $"/api/v1/devices/{device}/live");
            using HttpResponseMessage live = await http.SendAsync(watch, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            live.StatusCode.ShouldBe(HttpStatusCode.OK);
            using StreamReader lines = new(await live.Content.ReadAsStreamAsync(patience.Token));
            while (await lines.ReadLineAsync(patience.Token) is { } line)
                if (line.StartsWith("event: step", StringComparison.Ordinal)) return;
            throw new InvalidOperationException($"The stream at node {node} ended.");
        }));
    }

    [Fact]
    public async Task How_often_a_user_may_ask_holds_over_all_nodes_together()
    {
        using HttpClient at0 = await shop.Cluster.SignInAsync(0);
        HttpClient[] all = [at0, shop.SameSession(at0, 1), shop.SameSession(at0, 2)];
        await Task.Delay(TimeSpan.FromSeconds(2));
        Stopwatch watch = Stopwatch.StartNew();
        int let = 0, refused = 0;
        await Task.WhenAll(all.Select(async http =>
        {
            while (watch.Elapsed < TimeSpan.FromSeconds(5))
            {
                using HttpResponseMessage answer = await http.GetAsync("/api/v1/sites?limit=1");
                if (answer.StatusCode == HttpStatusCode.TooManyRequests) Interlocked.Increment(ref refused);
                else Interlocked.Increment(ref let);
                await Task.Delay(10);
            }
        }));
        foreach (HttpClient http in all[1..]) http.Dispose();
        double allowed = Shop.UserPerSecond * (1 + watch.Elapsed.TotalSeconds);
        output.WriteLine($"{let} of {let + refused} requests were let through in {watch.Elapsed.TotalSeconds:F1} s; the bucket allows {allowed:F0}");
        refused.ShouldBeGreaterThan(0);
        ((double)let).ShouldBeInRange(allowed * 0.5, allowed * 1.1);
    }

    /// <summary>Three nodes, and a shop whose gateways are connected to different ones.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        public const int UserPerSecond = 60;

        private BuiltProgram? _shop;

        internal TestCluster Cluster { get; private set; } = null!;

        internal Guid[] Gateways { get; private set; } = [];

        public async Task InitializeAsync()
        {
            Cluster = await TestCluster.StartAsync(3, ("Limits__UserPerSecond", $"{UserPerSecond}"), ("Limits__AttemptsPerMinute", "1000"), ("Passwords__MemoryMiB", "19"));
            await Cluster.Installation.EnrollAsync(6);
            _shop = Cluster.StartShop();
            await Eventually.HoldsAsync(async () => await Cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event") == 6, "every gateway has sent");
            Gateways = await Cluster.Database.ScalarAsync<Guid[]>("SELECT array_agg(gateway_id ORDER BY gateway_id) FROM gateway_presence");
            (await Cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT split_part(connection, ':', 1)) FROM gateway_presence")).ShouldBeGreaterThan(1, "they are connected to different nodes");
        }

        public async Task DisposeAsync()
        {
            if (_shop is not null) await _shop.DisposeAsync();
            await Cluster.DisposeAsync();
        }

        internal HttpClient SameSession(HttpClient other, int node)
        {
            HttpClient http = new() { BaseAddress = new Uri(Cluster.Nodes[node].HttpAddress) };
            http.DefaultRequestHeaders.Authorization = other.DefaultRequestHeaders.Authorization;
            return http;
        }

        internal Task<long> ConnectionsAsync(Guid gateway) => Cluster.Database.ScalarAsync<long>("SELECT count(*) FROM gateway_presence WHERE gateway_id = $1 AND online", gateway);
    }
}
