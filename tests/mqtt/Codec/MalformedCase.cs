using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>A packet that breaks the standard, and the answer that the standard asks for.</summary>
/// <param name="Title">Begins with the clause.</param>
/// <param name="Version">Null: the first packet of a connection.</param>
/// <param name="Answer">The Reason Code of version 5.</param>
/// <param name="Text">In the form of <see cref="Wire.Bytes"/>.</param>
public sealed record MalformedCase(
    string Title, MqttVersion? Version, MqttRole Role, ReasonCode Answer, Violation Violation, string Text)
{
    /// <summary>Of a CONNECT: the version that the refusal is said in.</summary>
    public MqttVersion? AnswerIn { get; init; }

    public uint MaximumPacketSize { get; init; } = DecoderSettings.LargestPacketSize;

    /// <summary>As it is shown in the list of tests, and found again.</summary>
    public string Name => $"{Title} ({(Version ?? AnswerIn)?.ToString() ?? "CONNECT"})";
}
