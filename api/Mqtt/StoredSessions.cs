using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Packets;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Mqtt;

/// <summary>The gateways' MQTT sessions, in the database: a restart of the server costs them nothing, and in a cluster they follow their clients from node to node (docs/adr/0013).</summary>
internal sealed class StoredSessions(MqttSessionStore store, MqttSessionClaims claims, ThisNode node, TimeProvider clock) : ISessionStore
{
    /// <summary>Whoever waits for a session is told when it is given up. This finds one that nobody was left to give up.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<GatewayId, TaskCompletionSource> _waiting = new();

    public bool IsShared => node.IsOneOfMany;

    /// <summary>In a cluster each gateway's: its row says where the client is.</summary>
    public bool Keeps(ConnectedClient client, bool outlives) => client.Identity is GatewayIdentity && (outlives || node.IsOneOfMany);

    /// <summary>None in a cluster: the sessions are at other nodes, or come with their clients.</summary>
    public async IAsyncEnumerable<StoredSession> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany) yield break;
        await foreach (MqttWholeSession whole in store.LoadAllAsync(cancellationToken)) yield return ToSession(whole);
    }

    public async ValueTask<SessionClaim> ClaimAsync(ConnectedClient client, bool isInMemory, CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany)
        {
            // A user's connections are each node's own: nothing is kept for them, and nothing is sent by them.
            if (client.Identity is not GatewayIdentity gateway) return SessionClaim.AsInMemory.Instance;
            if (isInMemory && await claims.KeepAsync(client.ClientIdentifier, cancellationToken)) return SessionClaim.AsInMemory.Instance;
            return await TakeAsync(client.ClientIdentifier, gateway, cancellationToken);
        }

        if (isInMemory) return SessionClaim.AsInMemory.Instance;
        return new SessionClaim.AsStored(await store.FindAsync(client.ClientIdentifier, cancellationToken) is { } whole ? ToSession(whole) : null);
    }

    /// <summary>Another node has given up a session of that gateway.</summary>
    public void Wake(GatewayId gateway)
    {
        if (_waiting.TryRemove(gateway, out TaskCompletionSource? waiting)) waiting.TrySetResult();
    }

    public async ValueTask<IReadOnlyCollection<string>> SaveAsync(IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken)
    {
        MqttSessionChanges folded = new();
        foreach (SessionChange change in changes) Add(folded, change);
        return await store.SaveAsync(folded, cancellationToken);
    }

    private async Task<SessionClaim> TakeAsync(string client, GatewayIdentity gateway, CancellationToken cancellationToken)
    {
        try
        {
            for (bool isFirst = true; ; isFirst = false)
            {
                // Before the look: what is given up after it is not missed.
                Task isFree = _waiting.GetOrAdd(gateway.Gateway, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                switch (await claims.TryClaimAsync(client, gateway.Key, isFirst, cancellationToken))
                {
                    case MqttClaim.New: return SessionClaim.AsStored.None;
                    case MqttClaim.Taken taken: return new SessionClaim.AsStored(ToSession(taken.Session));
                    case MqttClaim.Superseded: return new SessionClaim.Refused(ReasonCode.SessionTakenOver);
                    case MqttClaim.Others: return SessionClaim.Refused.OthersSession;
                    case MqttClaim.Waits: break;
                    default: throw new UnreachableException();
                }

                await isFree.WaitAsync(LookEvery, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            await claims.WantNoMoreAsync(client, CancellationToken.None);
            throw;
        }
        finally
        {
            // Others of the gateway that wait look again, and make a new one.
            Wake(gateway.Gateway);
        }
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

    public static StoredSession ToSession(MqttWholeSession whole)
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
