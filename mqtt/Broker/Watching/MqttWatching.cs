using System.Diagnostics;

namespace StepCloud.Mqtt.Broker;

/// <summary>By which names whoever watches a server finds what it tells of itself.</summary>
public static class MqttWatching
{
    /// <summary>The meter of every <see cref="MqttServer"/>.</summary>
    public const string MeterName = "StepCloud.Mqtt";

    /// <summary>The source of its spans: one for each batch of messages, from the hand-over to the last acknowledgement.</summary>
    public const string SourceName = "StepCloud.Mqtt";

    internal static readonly ActivitySource Source = new(SourceName);
}
