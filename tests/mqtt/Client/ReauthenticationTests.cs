using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

/// <summary>AUTH within a connection (MQTT 5.0 §4.12.1).</summary>
public sealed class ReauthenticationTests
{
    private static readonly ConnectPacket s_connect = new() { CleanStart = true, AuthenticationMethod = "token" };

    private static async Task<(MqttClient Client, ScriptedConnection Connection)> ConnectAsync(
        ScriptedServer server, Func<AuthPacket, CancellationToken, ValueTask<ReadOnlyMemory<byte>>>? onContinue = null) =>
        await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, OnAuthContinue = onContinue }, s_connect, new ConnAckPacket { AuthenticationMethod = "token" });

    private static AuthPacket Auth(ReasonCode code) => new() { ReasonCode = code, AuthenticationMethod = "token" };

    [Fact]
    public async Task A_new_proof_is_sent_and_the_connection_goes_on()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await ConnectAsync(server);
        using var connectionEnd = connection;
        var proving = client.ReauthenticateAsync("new token"u8.ToArray());
        var auth = (AuthPacket)(await connection.ReceiveAsync(ControlPacketType.Auth)).Body!;
        auth.ReasonCode.ShouldBe(ReasonCode.ReAuthenticate);
        auth.AuthenticationMethod.ShouldBe("token");
        auth.AuthenticationData!.Value.ToArray().ShouldBe("new token"u8.ToArray());
        proving.IsCompleted.ShouldBeFalse();
        await connection.SendAsync(ControlPacketType.Auth, Auth(ReasonCode.Success));
        await proving.WaitAsync(ScriptedServer.Patience);
        client.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task It_goes_on_for_as_many_steps_as_the_server_asks()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await ConnectAsync(server, (_, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>("more"u8.ToArray()));
        using var connectionEnd = connection;
        var proving = client.ReauthenticateAsync("first"u8.ToArray());
        await connection.ReceiveAsync(ControlPacketType.Auth);
        for (var i = 0; i < 2; i++)
        {
            await connection.SendAsync(ControlPacketType.Auth, Auth(ReasonCode.ContinueAuthentication));
            var auth = (AuthPacket)(await connection.ReceiveAsync(ControlPacketType.Auth)).Body!;
            auth.ReasonCode.ShouldBe(ReasonCode.ContinueAuthentication);
            auth.AuthenticationData!.Value.ToArray().ShouldBe("more"u8.ToArray());
        }
        await connection.SendAsync(ControlPacketType.Auth, Auth(ReasonCode.Success));
        await proving.WaitAsync(ScriptedServer.Patience);
    }

    [Fact]
    public async Task A_refusal_is_a_DISCONNECT_and_told_as_such()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await ConnectAsync(server);
        using var connectionEnd = connection;
        var proving = client.ReauthenticateAsync("bad"u8.ToArray());
        await connection.ReceiveAsync(ControlPacketType.Auth);
        await connection.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket { ReasonCode = ReasonCode.NotAuthorized });
        (await Should.ThrowAsync<MqttConnectionLostException>(proving.WaitAsync(ScriptedServer.Patience))).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
    }

    [Fact]
    public async Task One_at_a_time_and_only_with_a_method()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await ConnectAsync(server);
        using var connectionEnd = connection;
        var proving = client.ReauthenticateAsync(default);
        await Should.ThrowAsync<InvalidOperationException>(async () => await client.ReauthenticateAsync(default));
        proving.IsCompleted.ShouldBeFalse();

        var (other, otherConnection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var otherConnectionEnd = otherConnection;
        await Should.ThrowAsync<InvalidOperationException>(async () => await other.ReauthenticateAsync(default));
    }
}
