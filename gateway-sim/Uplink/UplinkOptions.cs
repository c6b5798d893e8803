using System.Net;
using StepCloud.Mqtt.Packets;

namespace StepCloud.GatewaySim.Uplink;

/// <param name="Servers">Where the server is. Of several each gateway begins with another, and goes on to the next when one does not serve it.</param>
/// <param name="StepsPerMessageMax">A back-log travels in arrays. The server takes 1,000; fewer make a lost connection cheaper.</param>
/// <param name="MessageBytesMax">A message grows to this before the next begins; a single larger step travels alone.</param>
/// <param name="MessagesInFlightMax">Sent and not yet acknowledged: enough to keep a server busy that commits many gateways' steps at once.</param>
public sealed record UplinkOptions(
    IReadOnlyList<DnsEndPoint> Servers,
    MqttVersion Version = MqttVersion.V500,
    int StepsPerMessageMax = 100,
    int MessageBytesMax = 256 * 1024,
    int MessagesInFlightMax = 8)
{
    /// <summary>How often it tells what its machines do; null for never.</summary>
    public TimeSpan? TelemetryInterval { get; init; }

    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>An outage of any length costs the server one attempt per gateway in this time.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection that lived so long was a good one: the next outage begins with the first wait again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>However short-lived the tokens, coming back with a new one never becomes a loop.</summary>
    public TimeSpan RenewalIntervalMin { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the goodbye of a clean stop; a server that does not answer is left without.</summary>
    public TimeSpan GoodbyeMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the notice that names the refused steps of a message may come after its PUBACK.</summary>
    public TimeSpan NoticeMax { get; init; } = TimeSpan.FromSeconds(2);
}
