using System.Net;
using System.Net.Sockets;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>Nodes that only run actors, and nodes that only take in and serve.</summary>
public sealed class RolesTests
{
    private const int Gateways = 4;

    [Fact]
    public async Task Fronts_take_in_and_serve_what_the_actors_of_other_nodes_do_and_either_may_die()
    {
        await using TestCluster cluster = await TestCluster.CreateAsync(4);
        Node[] actors = cluster.Nodes[2..], fronts = cluster.Nodes[..2];
        foreach (Node node in actors) node.Arguments = ["--role", "actors"];
        foreach (Node node in fronts) node.Arguments = ["--role", "front"];
        foreach (int i in (int[])[2, 3, 0, 1]) await cluster.StartNodeAsync(i);

        using HttpClient http = new();
        foreach (Node node in actors)
        {
            await Eventually.HoldsAsync(async () => (await http.GetAsync($"{node.HttpAddress}/health/ready")).IsSuccessStatusCode, "it is ready");
            foreach (string path in (string[])["/", "/docs", "/api/v1/sites", "/mqtt", "/.well-known/jwks.json"])
                (await http.GetAsync(node.HttpAddress + path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            using TcpClient mqtt = new();
            (await Should.ThrowAsync<SocketException>(() => mqtt.ConnectAsync(IPAddress.Loopback, node.MqttPort))).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        }

        await cluster.Installation.EnrollAsync(Gateways);
        await using BuiltProgram shop = BuiltProgram.StartSimulator(
            ["run", "--server", fronts[0].HttpAddress, "--mqtt", string.Join(',', fronts.Select(node => $"{node.Address}:{node.MqttPort}")), "--data", cluster.Installation.GatewayData]);
        await cluster.AllHaveSentAsync(Gateways);

        await cluster.KillNodeAsync(2);
        await AllSendOnAsync(cluster);
        await cluster.KillNodeAsync(1);
        await AllSendOnAsync(cluster);
        using HttpClient owner = await cluster.SignInAsync(0);
        (await owner.GetAsync("/api/v1/gateways")).IsSuccessStatusCode.ShouldBeTrue();
        await Eventually.HoldsAsync(
            async () => await cluster.Database.ScalarAsync<long>("SELECT count(*) FROM gateway_presence WHERE online") == Gateways
                && await cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT split_part(connection, ':', 1)) FROM gateway_presence WHERE online") == 1,
            "what the dead front had is the other's");
        await cluster.EndAsync(shop, Gateways);
    }

    private static async Task AllSendOnAsync(TestCluster cluster)
    {
        DateTimeOffset from = DateTimeOffset.UtcNow;
        await Eventually.HoldsAsync(
            async () => await cluster.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event WHERE received > $1", from) == Gateways,
            "every gateway goes on");
    }
}
