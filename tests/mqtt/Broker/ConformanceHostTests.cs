using System.Net;
using System.Net.Sockets;
using Shouldly;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>The host that public interoperability suites are run against, started as they would.</summary>
public sealed class ConformanceHostTests
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "mqtt-host.dll");

    [Fact]
    public async Task It_is_open_has_a_Server_Keep_Alive_of_60_and_refuses_one_filter()
    {
        int port = FreePort();
        using var host = Tool.Start("dotnet", Program, "--port", $"{port}");
        await Eventually.BeAsync(() => host.Output.Contains("MQTT on", StringComparison.Ordinal), "the host listens");
        foreach (var version in (MqttVersion[])[MqttVersion.V311, MqttVersion.V500])
        {
            await using var client = await RawClient.OpenAsync(new IPEndPoint(IPAddress.Loopback, port), version);
            var answer = await client.ConnectAsync(new ConnectPacket { Version = version, ClientIdentifier = "suite", CleanStart = true, KeepAlive = 120 });
            answer.ReasonCode.ShouldBe(ReasonCode.Success);
            answer.ServerKeepAlive.ShouldBe(version == MqttVersion.V500 ? (ushort)60 : null);
            (await client.SubscribeAsync(new Subscription("test/nosubscribe", QualityOfService.ExactlyOnce), new Subscription("any/thing", QualityOfService.ExactlyOnce)))
                .ShouldBe([ReasonCode.UnspecifiedError, ReasonCode.GrantedQos2]);
            await client.PublishAsync("any/thing", "x");
            await client.ExpectPublishAsync("x");
        }
    }

    [Fact]
    public async Task A_command_line_it_does_not_know_is_answered_with_its_usage()
    {
        var (exit, _, errors) = await Tool.RunAsync("dotnet", Program, "--prot", "1883");
        exit.ShouldBe(2);
        errors.ShouldContain("usage:");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
