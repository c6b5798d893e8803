using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.GatewayCommands;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Sessions;

/// <summary>What is ended ends at once, open connections included.</summary>
public sealed class RevocationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1")]
    [InlineData("UPDATE gateway SET revoked_at = now() WHERE id = $1")]
    public async Task A_gateway_s_open_connection_ends_within_a_second_whoever_ended_its_session(string revocation)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectAsync(will: gateway.OfflineWill);
        await using MqttClient legacy = await gateway.ConnectAsync(suffix: "-legacy", version: MqttVersion.V311);
        await using MqttClient bystander = await other.ConnectAsync();

        await server.Database.ExecuteAsync(revocation, gateway.Id.Value);
        Stopwatch watch = Stopwatch.StartNew();
        ConnectionClosed closed = await client.Closed.WaitAsync(Patience);
        await legacy.Closed.WaitAsync(Patience);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        (closed.ReasonCode, closed.ReasonString).ShouldBe((ReasonCode.NotAuthorized, "The session was ended."));
        await Eventually.HoldsAsync(async () => await gateway.RetainedStatusAsync() == "offline", "its Will is published");
        (await bystander.PublishAsync(other.StatusTopic, "online"u8.ToArray())).IsSuccess.ShouldBeTrue("nobody else is touched");
        (await Should.ThrowAsync<MqttConnectRefusedException>(() => gateway.ConnectAsync())).ConnAck.ReasonCode.ShouldBe(ReasonCode.BadUserNameOrPassword);
    }

    [Fact]
    public async Task A_user_who_signs_out_stops_watching_at_once()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        using HttpClient user = await server.ClientAsync("viewer", isStranger: false);
        await using MqttClient watcher = await MqttClient.ConnectAsync(
            new MqttClientOptions { Transport = MqttTransport.Tcp("127.0.0.1", server.MqttPort) },
            new ConnectPacket
            {
                CleanStart = true, UserName = "user", Password = Encoding.UTF8.GetBytes(user.DefaultRequestHeaders.Authorization!.Parameter!),
            });
        (await user.PostAsync("/api/v1/sign-out", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Stopwatch watch = Stopwatch.StartNew();
        (await watcher.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        (await user.GetAsync("/api/v1/sites")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_refresh_token_that_comes_a_third_time_ends_the_gateway_s_connection()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        using HttpClient anybody = server.NewClient(gateway.AccessToken);
        await using MqttClient client = await gateway.ConnectAsync();
        async Task<HttpResponseMessage> RefreshAsync(string token) => await anybody.PostAsJsonAsync("/gateway/api/v1/token", new { refresh_token = token });
        HttpResponseMessage first = await RefreshAsync(gateway.RefreshToken);
        string second = (string)System.Text.Json.Nodes.JsonNode.Parse(await first.Content.ReadAsStringAsync())!["refresh_token"]!;
        (await RefreshAsync(second)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await RefreshAsync(gateway.RefreshToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await client.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
    }

    [Fact]
    public async Task What_was_ended_while_nobody_listened_is_found_when_the_listener_is_back()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectAsync();
        // Without its notice, as if that had been said while the connection was down; then the connection is.
        await server.Database.ExecuteAsync("ALTER TABLE session DISABLE TRIGGER session_ended");
        await server.Database.ExecuteAsync("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1", gateway.Id.Value);
        await server.Database.ExecuteAsync(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'LISTEN stepcloud' AND datname = current_database()");
        (await client.Closed.WaitAsync(Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
    }
}
