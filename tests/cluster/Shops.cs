using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Cluster;

/// <summary>A shop that sends while something happens to the cluster, and what is found afterwards.</summary>
internal static class Shops
{
    public static Task AllHaveSentAsync(this TestCluster cluster, int gateways) => Eventually.HoldsAsync(
        async () => await cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event") == gateways, "every gateway has sent");

    /// <summary>Ends the shop, and holds what its gateways were told against what is stored.</summary>
    /// <returns>What was found, for people.</returns>
    public static async Task<string> EndAsync(this TestCluster cluster, BuiltProgram shop, int gateways)
    {
        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
        cluster.Installation.CountLedgers().ShouldBe(gateways);
        (await cluster.Installation.VerifyLedgersAsync()).ShouldStartWith("0: ");
        return $"{await cluster.Database.ScalarAsync<long>("SELECT count(*) FROM step_event")} steps, none lost, none twice";
    }

    /// <summary>Between two steps of a gateway, or one and the end of the time.</summary>
    public static async Task<Silence> FindLongestSilenceAsync(this TestDatabase database, DateTimeOffset from, DateTimeOffset to)
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
        return new Silence(reader.GetTimeSpan(0), reader.GetGuid(1), reader.GetDateTime(2));
    }
}

internal sealed record Silence(TimeSpan Length, Guid Gateway, DateTime Until);
