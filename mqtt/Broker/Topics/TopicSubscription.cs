using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>What a subscription tree needs to know of a subscriber: sessions in the server, plain objects in tests.</summary>
public interface ISubscriber
{
    /// <summary>Whether a message of a Shared Subscription would leave at once: members that are away are passed over while another is there.</summary>
    bool IsReady { get; }
}

/// <summary>One subscriber's interest in one Topic Filter, with the Subscription Options of MQTT 5.0 §3.8.3.1.</summary>
public sealed class TopicSubscription(ISubscriber subscriber, TopicFilter filter)
{
    public ISubscriber Subscriber { get; } = subscriber;

    public TopicFilter Filter { get; } = filter;

    /// <summary>The highest QoS the subscriber takes.</summary>
    public QualityOfService MaximumQos { get; init; }

    /// <summary>Messages of the subscriber itself are not sent back to it.</summary>
    public bool NoLocal { get; init; }

    /// <summary>The RETAIN flag is forwarded as the publisher set it, instead of cleared.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>Sent with each message that matches; 0 when the client gave none (MQTT 5.0 §3.8.2.1.2).</summary>
    public uint Identifier
    {
        get;
        init
        {
            field = value;
            Identifiers = value == 0 ? default : new[] { value };
        }
    }

    /// <summary>The identifier in the form in which messages carry it.</summary>
    internal ReadOnlyMemory<uint> Identifiers { get; private init; }

    /// <summary>As a SUBSCRIBE would say it; Retain Handling is not kept, as it matters at SUBSCRIBE only.</summary>
    internal Subscription AsSent() => new(Filter.Text, MaximumQos) { NoLocal = NoLocal, RetainAsPublished = RetainAsPublished };

    /// <summary>The group it takes turns in, set by the tree when the filter is a shared one.</summary>
    internal SharedGroup? Group { get; set; }
}
