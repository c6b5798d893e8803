using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>One way in which a packet can break the standard, and the answer the standard asks for.</summary>
/// <param name="ReasonCode">What version 5 answers. In 3.1.1 the answer is to close the connection, but for CONNECT (see <see cref="ConnectReturnCode"/>).</param>
/// <param name="Clause311">The clause of MQTT 3.1.1; null: the form exists in version 5 only.</param>
/// <param name="Clause500">The clause of MQTT 5.0; null: the form exists in 3.1.1 only.</param>
/// <param name="Text">A sentence for a Reason String or a log.</param>
public sealed record Violation(ReasonCode ReasonCode, string? Clause311, string? Clause500, string Text)
{
    public override string ToString() => $"{Text} [{Clause500 ?? Clause311}]";
}
