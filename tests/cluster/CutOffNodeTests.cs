using System.Diagnostics;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Cluster;

/// <summary>A node runs on, and for a minute nothing that it sends arrives anywhere: its cable is out.</summary>
public sealed class CutOffNodeTests(ITestOutputHelper output)
{
    private const int Gateways = 20;
    private const int Victim = 2;

    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(60);

    /// <summary>After half a minute of silence a gateway asks whether its server is there, and waits ten seconds for the answer.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(50);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_does_no_harm_meanwhile_and_comes_back(bool fromTheDatabaseToo)
    {
        using ClusterNetwork network = ClusterNetwork.Create(3);
        await using TestCluster cluster = await TestCluster.CreateAsync(network);
        await using IAsyncDisposable? open = fromTheDatabaseToo ? await new DatabaseServer(cluster.Database).OpenAsync(network) : null;
        // Otherwise through its socket, which is a file and no matter of networks.
        if (fromTheDatabaseToo) cluster.DatabaseAddress = network.OwnAddress;
        for (int i = 0; i < cluster.Nodes.Length; i++) await cluster.StartNodeAsync(i);
        await cluster.Installation.EnrollAsync(Gateways, cluster.Nodes[0].HttpAddress);
        await using BuiltProgram shop = cluster.StartShop();
        await cluster.AllHaveSentAsync(Gateways);
        (await ConnectedAsync(cluster.Database)).Count.ShouldBe(3, "each node has gateways");

        DateTimeOffset from = DateTimeOffset.UtcNow;
        network.Cut(Victim);
        Stopwatch since = Stopwatch.StartNew();
        await Eventually.HoldsAsync(async () => (await ConnectedAsync(cluster.Database)) is { Count: 2 } here && here.Values.Sum() == Gateways, "all gateways are at the others");
        output.WriteLine($"All gateways at the other nodes after {since.Elapsed.TotalSeconds:F1} s");
        if (CutFor - since.Elapsed is { Ticks: > 0 } rest) await Task.Delay(rest);
        network.Mend(Victim);

        // The others have declared it dead; it learns that, ends, and whoever runs services starts it again.
        Stopwatch mended = Stopwatch.StartNew();
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };
        bool revived = false;
        await Eventually.HoldsAsync(
            async () =>
            {
                revived |= await cluster.ReviveAsync(Victim);
                return revived && await IsReadyAsync(http, cluster.Nodes[Victim]);
            },
            "it is a node again");
        output.WriteLine($"A node again {mended.Elapsed.TotalSeconds:F1} s after its cable was in");
        using HttpClient there = await cluster.SignInAsync(Victim);
        (await there.GetAsync("/api/v1/gateways")).IsSuccessStatusCode.ShouldBeTrue();

        string found = await cluster.EndAsync(shop, Gateways);
        Silence longest = await cluster.Database.FindLongestSilenceAsync(from, DateTimeOffset.UtcNow);
        output.WriteLine($"{found}; the longest silence of a gateway: {longest.Length.TotalSeconds:F1} s; writes refused: {cluster.CountInLogs("has two activations")}");
        longest.Length.ShouldBeLessThan(SilenceMax, $"{longest}");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Node node)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync($"{node.HttpAddress}/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>How many gateways are connected to each node.</summary>
    private static async Task<Dictionary<string, long>> ConnectedAsync(TestDatabase database)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand("SELECT split_part(connection, ':', 1), count(*) FROM gateway_presence WHERE online GROUP BY 1");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        Dictionary<string, long> counts = [];
        while (await reader.ReadAsync()) counts[reader.GetString(0)] = reader.GetInt64(1);
        return counts;
    }
}
