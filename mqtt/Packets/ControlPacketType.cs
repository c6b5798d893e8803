namespace StepCloud.Mqtt.Packets;

/// <summary>MQTT Control Packet types (MQTT 5.0 §2.1.2). <see cref="Auth"/> exists from version 5 on.</summary>
public enum ControlPacketType : byte
{
    None = 0,
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}
