using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>What the sender knows of the peer when it encodes.</summary>
/// <param name="Version">The version of the connection.</param>
/// <param name="MaximumPacketSize">The peer's, in bytes; a bigger packet is never written [MQTT-3.1.2-24], [MQTT-3.2.2-15].</param>
/// <param name="ProblemInformation">
/// The Client's Request Problem Information: false leaves Reason String and User Properties out of all packets but
/// PUBLISH, CONNACK and DISCONNECT [MQTT-3.1.2-29].
/// </param>
public readonly record struct EncoderSettings(
    MqttVersion Version,
    uint MaximumPacketSize = DecoderSettings.LargestPacketSize,
    bool ProblemInformation = true);
