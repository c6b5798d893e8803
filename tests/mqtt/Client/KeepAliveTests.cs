using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class KeepAliveTests
{
    private readonly FakeClock _clock = new();

    private MqttClientOptions Options(ScriptedServer server) => new()
    {
        Transport = server.Transport,
        TimeProvider = _clock,
        PingTimeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Lets the client come to its next delay, then lets the time pass.</summary>
    private async Task AdvanceAsync(double seconds)
    {
        for (var i = 0; _clock.TimersWaiting == 0; i++)
        {
            i.ShouldBeLessThan(1000, "the client waits for nothing");
            await Task.Delay(5);
        }
        _clock.Advance(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_silent_connection_is_pinged_within_its_Keep_Alive_again_and_again()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(Options(server), new ConnectPacket { CleanStart = true, KeepAlive = 40 });
        using var connectionEnd = connection;
        for (var i = 0; i < 3; i++)
        {
            // Nothing is sent for three quarters of the Keep Alive, and then a PINGREQ, whose answer has ten seconds.
            await AdvanceAsync(i == 0 ? 29 : 19);
            (await connection.IsSilentAsync()).ShouldBeTrue();
            await AdvanceAsync(1);
            await connection.ReceiveAsync(ControlPacketType.PingReq);
            await connection.SendAsync(ControlPacketType.PingResp);
            (await connection.IsSilentAsync()).ShouldBeTrue();
            await AdvanceAsync(10);
        }
        client.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_does_not_answer_a_ping_is_given_up()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(Options(server), new ConnectPacket { CleanStart = true, KeepAlive = 40 });
        using var connectionEnd = connection;
        await AdvanceAsync(31);
        await connection.ReceiveAsync(ControlPacketType.PingReq);
        await AdvanceAsync(11);
        var closed = await client.Closed.WaitAsync(ScriptedServer.Patience);
        closed.Cause.ShouldBeOfType<TimeoutException>();
        await connection.ReceiveEndAsync();
    }

    [Fact]
    public async Task MQTT_3_2_2_21_The_Server_Keep_Alive_takes_the_place_of_the_clients()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(
            Options(server), new ConnectPacket { CleanStart = true, KeepAlive = 4000 }, new ConnAckPacket { ServerKeepAlive = 8 });
        using var connectionEnd = connection;
        await AdvanceAsync(7);
        await connection.ReceiveAsync(ControlPacketType.PingReq);
    }

    [Fact]
    public async Task Publications_alone_do_not_hide_a_server_that_is_gone()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(Options(server), new ConnectPacket { CleanStart = true, KeepAlive = 40 });
        using var connectionEnd = connection;
        await AdvanceAsync(20);
        await client.PublishAsync("t", default, QualityOfService.AtMostOnce);
        await connection.ReceivePublishAsync();
        await AdvanceAsync(11);
        await connection.ReceiveAsync(ControlPacketType.PingReq);
    }

    [Fact]
    public async Task Without_a_Keep_Alive_there_is_no_ping()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(Options(server), new ConnectPacket { CleanStart = true, KeepAlive = 0 });
        using var connectionEnd = connection;
        _clock.Advance(TimeSpan.FromDays(1));
        (await connection.IsSilentAsync()).ShouldBeTrue();
    }
}
