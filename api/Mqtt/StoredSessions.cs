using System.Diagnostics;
using System.Runtime.CompilerServices;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;
using StepCloud.Storage;

namespace StepCloud.Api.Mqtt;

/// <summary>The gateways' MQTT sessions, in the database: a restart of the server costs them nothing.</summary>
internal sealed class StoredSessions(MqttSessionStore store) : ISessionStore
{
    public bool Keeps(ConnectedClient client) => client.Identity is GatewayIdentity;

    public async IAsyncEnumerable<StoredSession> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (MqttWholeSession whole in store.LoadAllAsync(cancellationToken)) yield return ToSession(whole);
    }

    public async ValueTask<StoredSession?> LoadAsync(string clientIdentifier, CancellationToken cancellationToken) =>
        await store.FindAsync(clientIdentifier, cancellationToken) is { } whole ? ToSession(whole) : null;

    public async ValueTask SaveAsync(IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken)
    {
        MqttSessionChanges folded = new();
        foreach (SessionChange change in changes) Add(folded, change);
        await store.SaveAsync(folded, cancellationToken);
    }

    private static void Add(MqttSessionChanges folded, SessionChange change)
    {
        switch (change)
        {
            case SessionSaved saved: folded.Save(ToRow(saved)); break;
            case SessionRemoved removed: folded.RemoveSession(removed.ClientIdentifier); break;
            case SubscriptionSaved saved: folded.Save(ToRow(saved)); break;
            case SubscriptionRemoved removed: folded.RemoveSubscription(removed.ClientIdentifier, removed.TopicFilter); break;
            case MessageSaved saved: folded.Save(ToRow(saved)); break;
            case MessageMoved moved: folded.MoveMessage(moved.ClientIdentifier, moved.Number, (byte)moved.State); break;
            case MessageRemoved removed: folded.RemoveMessage(removed.ClientIdentifier, removed.Number); break;
            case InboundSaved saved: folded.SaveInbound(saved.ClientIdentifier, saved.PacketIdentifier); break;
            case InboundRemoved removed: folded.RemoveInbound(removed.ClientIdentifier, removed.PacketIdentifier); break;
            default: throw new UnreachableException();
        }
    }

    private static MqttSessionRow ToRow(SessionSaved saved) => new(
        saved.ClientIdentifier, saved.OwnerKey, saved.ExpiryInterval, saved.LeftAt,
        saved.Will is not { } will
            ? null
            : new MqttWillRow(
                will.Topic, will.Payload, (byte)will.Qos, will.Retain, will.DelayInterval, will.MessageExpiryInterval,
                will.Properties.Detach().Encoded));

    private static MqttSubscriptionRow ToRow(SubscriptionSaved saved) => new(
        saved.ClientIdentifier, saved.Subscription.TopicFilter, (byte)saved.Subscription.MaximumQos, saved.Subscription.NoLocal,
        saved.Subscription.RetainAsPublished, (byte)saved.Subscription.RetainHandling, saved.Identifier);

    private static MqttMessageRow ToRow(MessageSaved saved) => new(
        saved.ClientIdentifier, saved.Number, StoredMessages.ToContent(saved.Message), (byte)saved.Qos, saved.Retain, saved.SubscriptionIdentifiers,
        (byte)saved.State);

    private static StoredSession ToSession(MqttWholeSession whole)
    {
        string client = whole.Session.ClientId;
        return new StoredSession
        {
            Header = new SessionSaved(
                client, whole.Session.OwnerKey, whole.Session.Expiry, whole.Session.LeftAt, whole.Session.Will is { } will ? ToWill(will) : null),
            Subscriptions = [.. whole.Subscriptions.Select(row => new SubscriptionSaved(client, ToSubscription(row), row.Identifier))],
            Messages =
            [
                .. whole.Messages.Select(row => new MessageSaved(
                    client, row.Number, StoredMessages.ToMessage(row.Content), (QualityOfService)row.Qos, row.Retain, row.SubscriptionIdentifiers,
                    (OutgoingState)row.State)),
            ],
            InboundIdentifiers = whole.InboundIdentifiers,
        };
    }

    private static Will ToWill(MqttWillRow row) => new()
    {
        Topic = row.Topic,
        Payload = row.Payload,
        Qos = (QualityOfService)row.Qos,
        Retain = row.Retain,
        DelayInterval = row.DelaySeconds,
        MessageExpiryInterval = row.ExpirySeconds,
        Properties = PublishProperties.FromEncoded(row.Properties),
    };

    private static Subscription ToSubscription(MqttSubscriptionRow row) => new(row.TopicFilter, (QualityOfService)row.MaximumQos)
    {
        NoLocal = row.NoLocal,
        RetainAsPublished = row.RetainAsPublished,
        RetainHandling = (RetainHandling)row.RetainHandling,
    };
}
