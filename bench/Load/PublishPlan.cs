using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Load;

/// <param name="InFlight">Of each publisher at QoS 1, at most; even, because it is sent in halves.</param>
/// <param name="WritesPacketByPacket">
/// Whether each packet is a write of its own, as of a client that sends whenever it has something; otherwise a write takes all that may be sent.
/// </param>
internal sealed record PublishPlan(int Publishers, int PayloadBytes, int InFlight, QualityOfService Qos, bool WritesPacketByPacket, bool HasSubscriber)
{
    /// <summary>At QoS 0 there is no window to keep; a block is long, so that the PINGREQ behind it weighs little.</summary>
    private const int MessagesPerBlockAtQos0 = 100;

    /// <summary>What is published, and by whom.</summary>
    public Traffic Traffic { get; init; } = new AnonymousTraffic(PayloadBytes);

    /// <summary>What each publisher has to send, in whole blocks; null for publishers that never end.</summary>
    public int? MessagesEach { get; init; }

    public int MessagesPerBlock => Qos == QualityOfService.AtMostOnce ? MessagesPerBlockAtQos0 : InFlight / 2;

    /// <summary>Shaped as a gateway's, and of the same length for all.</summary>
    public static string Topic(int publisher) => $"sc/1/{publisher:x32}/steps";
}
