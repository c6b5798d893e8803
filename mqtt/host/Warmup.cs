using System.Net;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Host;

/// <summary>Sends a packet of each kind through the server before anyone else does.</summary>
/// <remarks>
/// Some tests of the suites send on one connection and, without waiting for an answer, look at the effect on another. The first packet of its
/// kind takes longer than all after it, as its code is compiled then; a suite should not measure that.
/// </remarks>
internal static class Warmup
{
    public static async Task RunAsync(IPEndPoint endPoint)
    {
        foreach (var version in (MqttVersion[])[MqttVersion.V311, MqttVersion.V500])
        {
            var options = new MqttClientOptions { Transport = MqttTransport.Tcp(endPoint.Address.ToString(), endPoint.Port) };
            var connect = new ConnectPacket { Version = version, ClientIdentifier = "warm-up", CleanStart = true, KeepAlive = 60 };
            await using var client = await MqttClient.ConnectAsync(options, connect);
            await client.SubscribeAsync([new Subscription("warm-up/#", QualityOfService.ExactlyOnce)]);
            foreach (var qos in Enum.GetValues<QualityOfService>()) await client.PublishAsync("warm-up/topic", "x"u8.ToArray(), qos);
            await client.UnsubscribeAsync(["warm-up/#"]);
        }
    }
}
