using System.Globalization;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Cluster;

/// <summary>Nodes die without a word while gateways send, and are brought back.</summary>
public sealed class KilledNodeTests(ITestOutputHelper output)
{
    /// <summary>Two hundred by default.</summary>
    private static readonly int Gateways = int.Parse(Environment.GetEnvironmentVariable("STEPCLOUD_KILL_GATEWAYS") ?? "200", CultureInfo.InvariantCulture);

    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(15);

    /// <summary>How long, in minutes. Five by default.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(
        double.Parse(Environment.GetEnvironmentVariable("STEPCLOUD_KILL_MINUTES") ?? "5", CultureInfo.InvariantCulture));

    [Fact]
    public async Task Every_acknowledged_step_is_stored_once_and_no_gateway_is_silent_for_long()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3);
        await cluster.Installation.EnrollAsync(Gateways);
        await using BuiltProgram shop = cluster.StartShop();
        await cluster.AllHaveSentAsync(Gateways);
        DateTimeOffset from = DateTimeOffset.UtcNow, until = from + Duration;
        int kills = 0;
        for (int victim = 0; from + (KillEvery * (kills + 1)) < until; victim = (victim + 1) % cluster.Nodes.Length)
        {
            // A node takes some of the time to come back: the kills keep theirs.
            if (from + (KillEvery * kills) + (KillEvery / 4) - DateTimeOffset.UtcNow is { Ticks: > 0 } rest) await Task.Delay(rest);
            await cluster.KillNodeAsync(victim);
            kills++;
            await Task.Delay(KillEvery / 10);
            await cluster.StartNodeAsync(victim);
        }

        DateTimeOffset to = DateTimeOffset.UtcNow;
        output.WriteLine($"{kills} kills; {await cluster.EndAsync(shop, Gateways)}; {shop.Output.LastOrDefault()}");
        Silence longest = await cluster.Database.FindLongestSilenceAsync(from, to);
        output.WriteLine($"The longest silence of a gateway: {longest.Length.TotalSeconds:F1} s");
        longest.Length.ShouldBeLessThan(SilenceMax, $"{longest}");
        // Refused by the version of the state: seen, and harmless.
        output.WriteLine($"Writes of a second activation that were refused: {cluster.CountInLogs("has two activations")}");
    }
}
