namespace StepCloud.Mqtt.Packets;

/// <summary>Quality of Service levels (MQTT 5.0 §4.3).</summary>
public enum QualityOfService : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}
