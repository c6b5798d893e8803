using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>DISCONNECT and AUTH (MQTT 5.0 §3.14 and §3.15).</summary>
/// <remarks>
/// <code>
/// Reason Code (left out: 0x00) | properties (left out: none); 3.1.1: nothing
/// </code>
/// </remarks>
internal static class DisconnectDecoder
{
    public static DisconnectPacket DecodeDisconnect(ref PacketReader reader, MqttVersion version, MqttRole role)
    {
        if (version == MqttVersion.V311 || reader.Remaining == 0) return new DisconnectPacket();

        var code = (ReasonCode)reader.ReadByte();
        var codes = role == MqttRole.Server ? ReasonCodeSets.DisconnectFromClient : ReasonCodeSets.DisconnectFromServer;
        if (!codes.Contains(code)) reader.Fail(Violations.UnknownReasonCode);
        if (reader.Remaining == 0) return new DisconnectPacket { ReasonCode = code };

        uint? sessionExpiryInterval = null;
        string? reasonString = null, serverReference = null;
        List<UserProperty>? userProperties = null;
        var properties = new PropertyReader(ref reader, PropertySets.Disconnect);
        while (properties.TryNext(ref reader, out var identifier))
        {
            switch (identifier)
            {
                case PropertyIdentifier.SessionExpiryInterval: sessionExpiryInterval = reader.ReadUInt32(); break;
                case PropertyIdentifier.ReasonString: reasonString = reader.ReadString(); break;
                case PropertyIdentifier.ServerReference: serverReference = reader.ReadString(); break;
                case PropertyIdentifier.UserProperty: (userProperties ??= []).Add(reader.ReadUserProperty()); break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        if (sessionExpiryInterval is not null && role == MqttRole.Client) reader.Fail(Violations.SessionExpiryFromServer);
        return new DisconnectPacket
        {
            ReasonCode = code,
            SessionExpiryInterval = sessionExpiryInterval,
            ReasonString = reasonString,
            ServerReference = serverReference,
            UserProperties = userProperties ?? (IReadOnlyList<UserProperty>)[],
        };
    }

    public static AuthPacket DecodeAuth(ref PacketReader reader, MqttRole role)
    {
        // The short form says Success, which a Client may not send.
        var isShort = reader.Remaining == 0;
        var code = isShort ? ReasonCode.Success : (ReasonCode)reader.ReadByte();
        var codes = role == MqttRole.Server ? ReasonCodeSets.AuthFromClient : ReasonCodeSets.AuthFromServer;
        if (!codes.Contains(code)) reader.Fail(Violations.UnknownReasonCode);
        if (isShort) return new AuthPacket { ReasonCode = code };

        string? method = null, reasonString = null;
        ReadOnlyMemory<byte>? data = null;
        List<UserProperty>? userProperties = null;
        var properties = new PropertyReader(ref reader, PropertySets.Auth);
        while (properties.TryNext(ref reader, out var identifier))
        {
            switch (identifier)
            {
                case PropertyIdentifier.AuthenticationMethod: method = reader.ReadString(); break;
                case PropertyIdentifier.AuthenticationData: data = reader.ReadBinary().ToArray(); break;
                case PropertyIdentifier.ReasonString: reasonString = reader.ReadString(); break;
                case PropertyIdentifier.UserProperty: (userProperties ??= []).Add(reader.ReadUserProperty()); break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        if (method is null) reader.Fail(Violations.NoAuthenticationMethod);
        return new AuthPacket
        {
            ReasonCode = code,
            AuthenticationMethod = method,
            AuthenticationData = data,
            ReasonString = reasonString,
            UserProperties = userProperties ?? (IReadOnlyList<UserProperty>)[],
        };
    }
}
