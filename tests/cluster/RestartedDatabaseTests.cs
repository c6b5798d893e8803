using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Cluster;

/// <summary>The database goes and comes back while gateways send; the nodes stay.</summary>
public sealed class RestartedDatabaseTests(ITestOutputHelper output)
{
    private const int Gateways = 20;

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task Nothing_that_was_acknowledged_is_lost_and_the_nodes_go_on(string signal)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3);
        await cluster.Installation.EnrollAsync(Gateways);
        await using BuiltProgram shop = cluster.StartShop();
        await cluster.AllHaveSentAsync(Gateways);
        DateTimeOffset from = DateTimeOffset.UtcNow;
        int[] nodes = [.. cluster.Nodes.Select(node => node.Process!.Id)];

        await new DatabaseServer(cluster.Database).RestartAsync(signal);
        DateTimeOffset back = DateTimeOffset.UtcNow;
        await Eventually.HoldsAsync(
            async () => await cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event WHERE received > $1", back) == Gateways,
            "every gateway has sent again");

        string found = await cluster.EndAsync(shop, Gateways);
        Silence longest = await cluster.Database.FindLongestSilenceAsync(from, DateTimeOffset.UtcNow);
        output.WriteLine($"SIG{signal}: {found}; the longest silence of a gateway: {longest.Length.TotalSeconds:F1} s");
        cluster.Nodes.Select(node => node.Process!.HasExited ? 0 : node.Process.Id).ShouldBe(nodes, "no node has ended");
        for (int node = 0; node < nodes.Length; node++)
        {
            using HttpClient http = await cluster.SignInAsync(node);
            (await http.GetAsync("/api/v1/sites")).IsSuccessStatusCode.ShouldBeTrue();
        }
    }
}
