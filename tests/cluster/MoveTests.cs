using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>An installation becomes a cluster, and a single process again, by starting the other program on the same database.</summary>
public sealed class MoveTests
{
    [Fact]
    public async Task From_one_process_to_a_cluster_and_back_nothing_is_lost_and_the_two_never_run_together()
    {
        await using TestCluster cluster = await TestCluster.CreateAsync(2);
        BuiltProgram single = await cluster.Installation.StartServerAsync();
        await cluster.Installation.EnrollAsync(3);
        await using BuiltProgram shop = cluster.StartShop();
        await MoreStepsAsync(cluster, 20);

        await single.DisposeAsync();
        for (int i = 0; i < cluster.Nodes.Length; i++) await cluster.StartNodeAsync(i);
        await MoreStepsAsync(cluster, 20);
        await using (BuiltProgram second = BuiltProgram.StartServer(
            ["serve", "--http-port", "0", "--mqtt-port", "0", "--data", cluster.Installation.GatewayData + "-second"], ("STEPCLOUD_DATABASE", cluster.Database.ConnectionString)))
        {
            (await second.ExitCodeAsync()).ShouldBe(1);
            second.ToString().ShouldContain("owns the actors");
        }

        for (int i = 0; i < cluster.Nodes.Length; i++)
        {
            (int exitCode, TimeSpan took) = await cluster.StopNodeAsync(i);
            exitCode.ShouldBe(0);
            took.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        }

        await cluster.Installation.StartServerAsync();
        await MoreStepsAsync(cluster, 20);

        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
        (await cluster.Installation.VerifyLedgersAsync()).ShouldStartWith("0: ");
    }

    private static async Task MoreStepsAsync(TestCluster cluster, int count)
    {
        long before = await cluster.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        await Eventually.HoldsAsync(async () => await cluster.Database.ScalarAsync<long>("SELECT count(*) FROM step_event") >= before + count, "steps come");
    }
}
