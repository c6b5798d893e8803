namespace StepCloud.Mqtt.Packets;

/// <summary>One User Property: a pair of UTF-8 strings; order and repetition count (MQTT 5.0 §3.1.2.11.8).</summary>
public readonly record struct UserProperty(string Name, string Value);
