using StepCloud.Mqtt.Codec;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>DISCONNECT and AUTH, and the forms of properties that any packet could show.</summary>
internal static class MalformedDisconnect
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        new("§2.2.3 DISCONNECT with a Reason Code", V311, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, "E0 {00}"),
        new("§2.4 DISCONNECT with 0x01", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "E0 {01}"),
        new("§2.4 DISCONNECT with 0x8E from a Client", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "E0 {8E}"),
        new("§2.4 DISCONNECT with 0x04 from a Server", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "E0 {04}"),
        new("MQTT-3.14.2-2 a Session Expiry Interval from a Server", V500, MqttRole.Client, ProtocolError, Violations.SessionExpiryFromServer, "E0 {00 {11 00000001}}"),
        new("§4.13.1 DISCONNECT with bytes behind the properties", V500, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, "E0 {00 {} 00}"),
        new("§2.4 AUTH with 0x00 from a Client", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "F0 {00 {15 0001 'm'}}"),
        new("§2.4 AUTH short, which is 0x00, from a Client", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "F0 {}"),
        new("§2.4 AUTH with 0x19 from a Server", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "F0 {19 {15 0001 'm'}}"),
        new("§2.4 AUTH with 0x87", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "F0 {87 {15 0001 'm'}}"),
        new("§3.15.2.2.2 AUTH without a method", V500, MqttRole.Server, ProtocolError, Violations.NoAuthenticationMethod, "F0 {18 {}}"),
        new("§3.15.2.2.2 AUTH with data and without a method", V500, MqttRole.Client, ProtocolError, Violations.NoAuthenticationMethod, "F0 {18 {16 0001 FF}}"),
        new("§4.13.1 AUTH with a Reason Code and no Property Length", V500, MqttRole.Server, MalformedPacket, Violations.Truncated, "F0 {18}"),
        new("§2.2.2.2 property 0x00", V500, MqttRole.Server, MalformedPacket, Violations.UnknownProperty, "E0 {00 {00 00}}"),
        new("§2.2.2.2 property 0x7F", V500, MqttRole.Server, MalformedPacket, Violations.UnknownProperty, "E0 {00 {7F 00}}"),
        new("§2.2.2.2 property 0x4011, whose low bits are known", V500, MqttRole.Server, MalformedPacket, Violations.UnknownProperty, "E0 {00 {918001 00000000}}"),
        new("§2.2.2.2 a Topic Alias in DISCONNECT", V500, MqttRole.Server, MalformedPacket, Violations.PropertyNotAllowed, "E0 {00 {23 0001}}"),
        new("§2.2.2.2 two Reason Strings", V500, MqttRole.Server, ProtocolError, Violations.DuplicateProperty, "E0 {00 {1F 0001 'a' 1F 0001 'b'}}"),
    ];
}
