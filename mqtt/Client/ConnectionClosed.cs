using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>Why a connection ended.</summary>
/// <param name="ReasonCode">Of the DISCONNECT, whoever sent it; null: the connection ended without one.</param>
/// <param name="ReasonString">Its words, if any.</param>
/// <param name="ByServer">The Server ended it, or the network did.</param>
/// <param name="Cause">The fault, if it was one.</param>
/// <param name="ServerReference">Another Server to use (MQTT 5.0 §4.11).</param>
public sealed record ConnectionClosed(
    ReasonCode? ReasonCode,
    string? ReasonString,
    bool ByServer,
    Exception? Cause = null,
    string? ServerReference = null)
{
    internal MqttConnectionLostException ToException() => new(
        this switch
        {
            { ReasonCode: { } code, ByServer: true } => $"The Server disconnected: {code}{(ReasonString is null ? "" : $", {ReasonString}")}.",
            { ByServer: false, Cause: null } => "The Client disconnected.",
            _ => "The MQTT connection was lost.",
        },
        Cause)
    { ReasonCode = ByServer ? ReasonCode : null };
}
