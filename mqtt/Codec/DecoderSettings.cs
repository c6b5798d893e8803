using System.Runtime.InteropServices;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>Which side receives: the two may send different packets and properties.</summary>
public enum MqttRole : byte
{
    Server,
    Client,
}

/// <summary>What the receiver knows of the connection when it decodes.</summary>
/// <param name="Role">The side that receives.</param>
/// <param name="Version">Null on a Server that has not seen the CONNECT: then only CONNECT is let in.</param>
/// <param name="MaximumPacketSize">
/// In bytes, fixed header included. A bigger packet is refused as soon as its fixed header is there.
/// </param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DecoderSettings(MqttRole Role, MqttVersion? Version, uint MaximumPacketSize)
{
    /// <summary>What the protocol can express: 1 + 4 bytes of fixed header and 268,435,455 of Remaining Length (MQTT 5.0 §2.1.4).</summary>
    public const uint LargestPacketSize = 5 + 268_435_455;
}
