namespace StepCloud.Mqtt.Broker;

/// <summary>Who a connection speaks for: the application's own object, given out by its <see cref="IAuthenticator"/>.</summary>
public interface IMqttIdentity
{
    /// <summary>
    /// Stable over reconnects and restarts. Connections are counted and closed by it, and a session can only be resumed
    /// or taken over by the key that made it: a Client Identifier alone opens nobody else's mail.
    /// </summary>
    string Key { get; }
}

/// <summary>What one identity may use, where it differs from <see cref="MqttServerOptions"/>. Null: the server's option holds.</summary>
public sealed record ClientLimits
{
    public int? ConnectionsPerIdentityMax { get; init; }

    /// <summary>Sustained publishes per second, over all its connections; over it, their sockets are read more slowly.</summary>
    public int? PublishesPerSecondMax { get; init; }

    public int? SubscriptionsPerSessionMax { get; init; }
    public int? QueuedMessagesMax { get; init; }

    /// <summary>In bytes of payload, topic and properties.</summary>
    public int? QueuedBytesMax { get; init; }

    public TimeSpan? SessionExpiryMax { get; init; }
}
