using System.Globalization;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
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
        await Eventually.HoldsAsync(
            async () => await cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event") == Gateways, "every gateway has sent");
        DateTimeOffset from = DateTimeOffset.UtcNow, until = from + Duration;
        int kills = 0;
        for (int victim = 0; DateTimeOffset.UtcNow + KillEvery < until; victim = (victim + 1) % cluster.Nodes.Length)
        {
            await Task.Delay(KillEvery / 2);
            await cluster.KillNodeAsync(victim);
            kills++;
            await Task.Delay(KillEvery / 2);
            await cluster.StartNodeAsync(victim);
        }

        DateTimeOffset to = DateTimeOffset.UtcNow;
        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
        output.WriteLine(shop.Output.LastOrDefault() ?? "");
        string[] verdicts = await cluster.Installation.VerifyLedgersAsync();
        verdicts.Length.ShouldBe(Gateways);
        verdicts.ShouldAllBe(verdict => verdict.StartsWith("0: "));
        output.WriteLine($"{kills} kills, {await cluster.Database.ScalarAsync<long>("SELECT count(*) FROM step_event")} steps; {verdicts[0]}");

        (TimeSpan longest, Guid gateway, DateTime at) = await FindLongestSilenceAsync(cluster.Database, from, to);
        output.WriteLine($"The longest silence of a gateway: {longest.TotalSeconds:F1} s");
        longest.ShouldBeLessThan(SilenceMax, $"{gateway} at {at:O}");
        // Refused by the version of the state: seen, and harmless.
        output.WriteLine($"Writes of a second activation that were refused: {cluster.CountInLogs("has two activations")}");
    }

    private static async Task<(TimeSpan Longest, Guid Gateway, DateTime At)> FindLongestSilenceAsync(TestDatabase database, DateTimeOffset from, DateTimeOffset to)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(
            """
            SELECT gap, gateway_id, received FROM (
                SELECT gateway_id, received, received - lag(received, 1, $1) OVER (PARTITION BY gateway_id ORDER BY received) AS gap
                FROM (SELECT gateway_id, received FROM step_event UNION ALL SELECT DISTINCT gateway_id, $2 FROM step_event) AS heard
                WHERE received BETWEEN $1 AND $2) AS gaps
            ORDER BY gap DESC LIMIT 1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = from.ToUniversalTime() });
        command.Parameters.Add(new NpgsqlParameter { Value = to.ToUniversalTime() });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetTimeSpan(0), reader.GetGuid(1), reader.GetDateTime(2));
    }
}
