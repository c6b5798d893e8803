using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Protocol;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Faults;

/// <summary>SIGTERM to a server at work.</summary>
public sealed class ShutdownTests
{
    private const int Gateways = 10;

    /// <summary>What whoever runs services waits at the least before SIGKILL.</summary>
    private static readonly TimeSpan ExitMax = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_commit_under_way_is_finished_and_acknowledged_then_clients_are_told_and_the_process_ends_in_time()
    {
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram server = await installation.StartServerAsync(("Passwords__MemoryMiB", "19"), ("Server__DrainFor", "00:00:02"));
        using HttpClient http = new() { BaseAddress = new Uri(installation.HttpAddress) };
        string ownData = installation.GatewayData + "-own";
        await installation.EnrollAsync(1, data: ownData);
        ReadyGateway gateway = await ReadyGateway.OfAsync(PairedGateway.In(ownData).Single(), http, installation.HttpAddress);
        await installation.EnrollAsync(Gateways);
        await using BuiltProgram shop = BuiltProgram.StartSimulator(
            ["run", "--server", installation.HttpAddress, "--mqtt", $"127.0.0.1:{installation.MqttPort}", "--data", installation.GatewayData, "--speed", "4", "--drain", "60s"]);
        await Eventually.HoldsAsync(
            async () => await installation.Database.ScalarAsync<long>("SELECT count(DISTINCT gateway_id) FROM step_event") == Gateways, "every gateway has sent");
        await using MqttClient client = await ConnectAsync(installation, gateway);

        // The commit of a step waits for somebody else's transaction while the signal comes.
        await using NpgsqlConnection other = await installation.Database.Source.OpenConnectionAsync();
        await using NpgsqlTransaction holding = await other.BeginTransactionAsync();
        await using (NpgsqlCommand hold = new("LOCK TABLE step_event IN EXCLUSIVE MODE", other)) await hold.ExecuteNonQueryAsync();
        JsonObject step = gateway.Step("under way");
        Task<PublishResult> publishing = client.PublishAsync(gateway.Topic("steps"), Encoding.UTF8.GetBytes(step.ToJsonString()));
        await Eventually.HoldsAsync(
            async () => await installation.Database.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'step_event'::regclass") > 0, "the commit waits");

        Stopwatch since = Stopwatch.StartNew();
        server.Signal("TERM");
        await Eventually.HoldsAsync(async () => await ReadinessAsync(http) == HttpStatusCode.ServiceUnavailable, "it is not ready any more");
        publishing.IsCompleted.ShouldBeFalse();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await holding.RollbackAsync();

        (await publishing).ReasonCode.ShouldBe(ReasonCode.Success);
        ConnectionClosed end = await client.Closed;
        end.ReasonCode.ShouldBe(ReasonCode.ServerShuttingDown);
        (await server.ExitCodeAsync()).ShouldBe(0, server.ToString());
        since.Elapsed.ShouldBeLessThan(ExitMax);
        await Should.ThrowAsync<SocketException>(() => new TcpClient().ConnectAsync(IPAddress.Loopback, installation.MqttPort));

        (await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event WHERE id = $1", Guid.Parse((string)step["id"]!))).ShouldBe(1);
        await installation.StartServerAsync(("Passwords__MemoryMiB", "19"));
        shop.Signal("TERM");
        (await shop.ExitCodeAsync()).ShouldBe(0, shop.ToString());
        (await installation.VerifyLedgersAsync()).ShouldStartWith("0: ");
    }

    private static async Task<MqttClient> ConnectAsync(Installation installation, ReadyGateway gateway) => await MqttClient.ConnectAsync(
        new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", installation.MqttPort) },
        new ConnectPacket { CleanStart = true, ClientIdentifier = gateway.Id.ToString(), UserName = gateway.Id.ToString(), Password = Encoding.UTF8.GetBytes(gateway.AccessToken) });

    private static async Task<HttpStatusCode> ReadinessAsync(HttpClient http)
    {
        using HttpResponseMessage ready = await http.GetAsync("/health/ready");
        return ready.StatusCode;
    }
}
