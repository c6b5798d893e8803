using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>The limits of one session: the server's, or those of its identity.</summary>
internal sealed record SessionLimits(int QueuedMessagesMax, int QueuedBytesMax, int SubscriptionsMax, TimeSpan ExpiryMax)
{
    public static SessionLimits Of(MqttServerOptions options, ClientLimits? own) => new(
        own?.QueuedMessagesMax ?? options.QueuedMessagesMax,
        own?.QueuedBytesMax ?? options.QueuedBytesMax,
        own?.SubscriptionsPerSessionMax ?? options.SubscriptionsPerSessionMax,
        own?.SessionExpiryMax ?? options.SessionExpiryMax);

    /// <param name="seconds">A Session Expiry Interval; 0xFFFFFFFF would be never (MQTT 5.0 §3.1.2.11.2).</param>
    public TimeSpan ExpiryOf(uint seconds) => TimeSpan.FromSeconds(Math.Min(seconds, Math.Floor(ExpiryMax.TotalSeconds)));
}

/// <summary>What all sessions share.</summary>
internal sealed class SessionServices(TimeProvider time, IConnectionObserver? observer, MqttMetrics metrics)
{
    public DateTimeOffset Now => time.GetUtcNow();

    public void OnDropped(Session session, MqttMessage message, DropReason reason)
    {
        metrics.Dropped(reason);
        observer?.Dropped(session.ClientIdentifier, message, reason);
    }

    public void OnDelivered(Session session, MqttMessage message, ReasonCode reasonCode) =>
        observer?.Delivered(session.ClientIdentifier, message, reasonCode);
}
