using System.Collections.Concurrent;
using StepCloud.Mqtt.Broker.Connections;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>All sessions by Client Identifier: who owns which, and when each ends.</summary>
/// <remarks>
/// Connections of one client follow each other in the order in which they claim the slot. Each closes the one before and waits until
/// that is over, so that two never touch the session together, and a late end of an old one finds itself no longer the owner.
/// </remarks>
internal sealed class SessionRegistry(BrokerCore core)
{
    private readonly ConcurrentDictionary<string, ClientSlot> _slots = new(StringComparer.Ordinal);
    private readonly SessionDeadlines _deadlines = new();

    public int Count => _slots.Count;

    /// <summary>The session of a client, connected or not; null when it has none.</summary>
    public Session? Find(string clientIdentifier) => _slots.TryGetValue(clientIdentifier, out var slot) ? slot.Session : null;

    /// <summary>The clients whose sessions are here and stored.</summary>
    public IEnumerable<string> ListStored() => _slots.Where(static pair => pair.Value.Session is { Journal: not null }).Select(static pair => pair.Key);

    public ClientConnection? FindConnection(string clientIdentifier) => _slots.TryGetValue(clientIdentifier, out var slot) ? slot.Owner : null;

    /// <summary>Takes the place of the client for this connection, then resumes its session or begins a new one.</summary>
    public async ValueTask<OpenOutcome> OpenAsync(ClientConnection connection, ConnectedClient client, ConnectPacket connect, ClientLimits? limits)
    {
        var claim = TryClaim(connection, client, limits);
        if (claim.Slot is not { } slot) return new OpenOutcome(null, false, claim.ReasonCode, claim.ReasonString);

        if (claim.Previous is { } previous)
        {
            previous.Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.SessionTakenOver));
            var over = previous.WhenOverAsync();
            await over.WaitAsync(core.Options.ConnectTimeout / 2, core.Clock.Time, core.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!over.IsCompleted)
                return new OpenOutcome(null, false, ReasonCode.ServerBusy, "Messages of the connection before this one are still being accepted.");
        }

        if (await ClaimAsync(slot, client, limits) is { } refused) return new OpenOutcome(null, false, refused.ReasonCode, refused.ReasonString);
        lock (slot.Gate)
        {
            if (slot.Owner != connection) return new OpenOutcome(null, false, ReasonCode.SessionTakenOver, null);
        }

        return await AdoptAsync(slot, connection, client, connect, limits);
    }

    /// <summary>The connection is over: its session waits, or ends.</summary>
    public void Release(ClientConnection connection)
    {
        if (connection.IsAnnounced)
        {
            core.Metrics.ConnectionEnded(connection.Cause);
            core.Observer?.Disconnected(connection.Client!, connection.Cause);
        }

        core.Identities.Remove(connection);
        if (connection.Slot is not { } slot) return;
        lock (slot.Gate)
        {
            if (slot.Holder == connection && slot.Session is { } session)
            {
                session.Detach(connection.Sender!);
                if (!connection.IsAnnounced) session.Will = null; // the client was never accepted
                Leave(slot, session);
            }

            if (slot.Owner == connection) slot.Owner = null;
            RemoveIfEmpty(slot);
        }
    }

    /// <summary>True when the session had no such subscription before.</summary>
    public bool Subscribe(Session session, TopicSubscription subscription, Subscription asSent)
    {
        bool isNew = session.Subscriptions.TryAdd(subscription.Filter.Text, subscription);
        session.Subscriptions[subscription.Filter.Text] = subscription;
        core.Subscriptions.Set(subscription);
        session.Journal?.Record(session, new SubscriptionSaved(session.ClientIdentifier, asSent, subscription.Identifier));
        return isNew;
    }

    public bool Unsubscribe(Session session, string filter)
    {
        if (!session.Subscriptions.Remove(filter, out var subscription)) return false;
        core.Subscriptions.Remove(session, subscription.Filter);
        session.Journal?.Record(session, new SubscriptionRemoved(session.ClientIdentifier, filter));
        return true;
    }

    /// <summary>Ends what is due: Will Delays and sessions.</summary>
    public void Sweep(long now)
    {
        while (_deadlines.TryTakeDue(now, out var slot))
        {
            lock (slot.Gate)
            {
                if (slot.IsGone || slot.Session is not { } session) continue;
                if (slot.WillDueAt <= now) PublishWill(slot, session);
                if (slot.SessionEndsAt <= now && slot.Owner is null) End(slot);
                else Reschedule(slot);
                RemoveIfEmpty(slot);
            }
        }
    }

    /// <summary>Puts back what was stored when the server was last running; the clients count as gone since then, or since now.</summary>
    public async Task LoadAsync(ISessionStore store, CancellationToken cancellationToken)
    {
        await foreach (var stored in store.LoadAllAsync(cancellationToken)) Add(stored);
    }

    /// <summary>Puts a stored session into memory whose client is away, unless there is one.</summary>
    public void Add(StoredSession stored)
    {
        while (true)
        {
            var slot = _slots.GetOrAdd(stored.Header.ClientIdentifier, static id => new ClientSlot(id));
            lock (slot.Gate)
            {
                if (slot.IsGone) continue;
                if (slot.Session is null) Restore(slot, stored, core.LimitsOf(null));
                return;
            }
        }
    }

    /// <summary>Takes a session out of memory and leaves it in its store, for another server to go on with. False: it is not stored, or is connected here.</summary>
    public bool TryLetGo(string clientIdentifier)
    {
        if (!_slots.TryGetValue(clientIdentifier, out var slot)) return false;
        lock (slot.Gate)
        {
            if (slot.Owner is not null || slot.Session is not { Journal: not null } session) return false;
            LetGo(slot, session);
            RemoveIfEmpty(slot);
            return true;
        }
    }

    /// <summary>Another server has the session: its connection here ends, and nothing is left of it.</summary>
    public void Lose(Session session)
    {
        if (!_slots.TryGetValue(session.ClientIdentifier, out var slot)) return;
        ClientConnection? holder;
        lock (slot.Gate)
        {
            if (slot.Session != session) return;
            session.IsLost = true;
            holder = slot.Holder;
            if (holder is null) LetGo(slot, session);
            RemoveIfEmpty(slot);
        }

        // When it is over, the session goes with it.
        holder?.Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.SessionTakenOver));
    }

    /// <summary>Makes the client's session this server's, and puts it into the slot as it is stored.</summary>
    /// <returns>Null when that is done.</returns>
    private async ValueTask<SessionClaim.Refused?> ClaimAsync(ClientSlot slot, ConnectedClient client, ClientLimits? limits)
    {
        if (core.SessionJournal is not { } journal) return null;
        var known = slot.Session;
        // What an earlier session of the client has still to write must not be taken for the present one.
        if (known is null || journal.Store.IsShared) await journal.WhenStoredAsync();
        switch (await ClaimAsync(journal.Store, client, isInMemory: known is not null))
        {
            case SessionClaim.Refused refused:
                return refused;
            case SessionClaim.AsStored { Session: { } stored } when stored.Header.OwnerKey != client.Identity.Key:
                return SessionClaim.Refused.OthersSession;
            case SessionClaim.AsStored { Session: var stored }:
                lock (slot.Gate)
                {
                    // Another one than was known was added meanwhile, as it is stored.
                    if (slot.Session is { } session && session == known) LetGo(slot, session);
                    if (stored is not null && slot.Session is null) Restore(slot, stored, core.LimitsOf(limits));
                }

                return null;
            default:
                return null;
        }
    }

    private async ValueTask<SessionClaim> ClaimAsync(ISessionStore store, ConnectedClient client, bool isInMemory)
    {
        // A third, so that a further connection of the client, which waits for the end of this one, can still be served.
        using var timeout = new CancellationTokenSource(core.Options.ConnectTimeout / 3, core.Clock.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, core.Stopping);
        try
        {
            return await store.ClaimAsync(client, isInMemory, stop.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new SessionClaim.Refused(ReasonCode.ServerBusy, "Another server has not given up the session yet.");
        }
    }

    private Claim TryClaim(ClientConnection connection, ConnectedClient client, ClientLimits? limits)
    {
        while (true)
        {
            if (_slots.Count >= core.Options.SessionsMax && !_slots.ContainsKey(client.ClientIdentifier))
                return new Claim(null, null, ReasonCode.QuotaExceeded, "The server has as many sessions as it may.");
            var slot = _slots.GetOrAdd(client.ClientIdentifier, static id => new ClientSlot(id));
            lock (slot.Gate)
            {
                if (slot.IsGone) continue;
                string? ownerKey = slot.Session?.OwnerKey ?? slot.Owner?.IdentityKey;
                if (ownerKey is not null && ownerKey != client.Identity.Key)
                    return new Claim(null, null, SessionClaim.Refused.OthersSession.ReasonCode, SessionClaim.Refused.OthersSession.ReasonString);
                int max = limits?.ConnectionsPerIdentityMax ?? core.Options.ConnectionsPerIdentityMax;
                if (!core.Identities.TryAdd(connection, client.Identity.Key, instead: slot.Owner, max))
                {
                    RemoveIfEmpty(slot);
                    return new Claim(null, null, ReasonCode.QuotaExceeded, $"The identity has {max} connections already.");
                }

                var previous = slot.Owner;
                slot.Owner = connection;
                connection.Slot = slot;
                return new Claim(slot, previous, ReasonCode.Success, null);
            }
        }
    }

    private async ValueTask<OpenOutcome> AdoptAsync(
        ClientSlot slot, ClientConnection connection, ConnectedClient client, ConnectPacket connect, ClientLimits? limits)
    {
        Session session;
        bool isPresent;
        lock (slot.Gate)
        {
            // MQTT 3.1.1 has one flag for both: without Clean Session the session stays for as long as the server lets it.
            bool cleanStart = connect.CleanStart;
            if (slot.Session is not null && (cleanStart || slot.SessionEndsAt <= core.Clock.Milliseconds)) End(slot);
            isPresent = slot.Session is not null;
            session = slot.Session ??= new Session(client.ClientIdentifier, client.Identity.Key, core.LimitsOf(limits), core.SessionServices);
            slot.WillDueAt = slot.SessionEndsAt = long.MaxValue;
            Reschedule(slot);
            slot.Holder = connection;
            session.Limits = core.LimitsOf(limits);
            session.Client = client;
            session.Will = connect.Will;
            session.ExpiryInterval = session.Limits.ExpiryOf(
                connect.Version == MqttVersion.V500 ? connect.SessionExpiryInterval : cleanStart ? 0 : uint.MaxValue);
            // One that ends with its connection is stored for its Will: a crash ends the connection too, and somebody has to say so.
            bool outlives = session.ExpiryInterval > TimeSpan.Zero || session.Will is not null;
            bool begins = session.Journal is null && core.SessionJournal?.Store.Keeps(client, outlives) == true;
            if (begins) session.Journal = core.SessionJournal;
            Save(session, leftAt: null);
            if (begins) session.SaveContents();
        }

        if (isPresent) await ReviewAsync(session, client);
        if (session.Journal is not null) await session.Journal.WhenStoredAsync();
        return new OpenOutcome(session, isPresent, ReasonCode.Success, null);
    }

    /// <summary>Subscriptions that the client may no longer have do not come back with its session.</summary>
    private async ValueTask ReviewAsync(Session session, ConnectedClient client)
    {
        foreach (var subscription in session.Subscriptions.Values.ToArray())
        {
            var authorization = await core.Authorizer.AuthorizeSubscribeAsync(client, subscription.Filter, core.Stopping);
            if (!authorization.IsAllowed) Unsubscribe(session, subscription.Filter.Text);
        }
    }

    private void Leave(ClientSlot slot, Session session)
    {
        var now = core.Clock.Milliseconds;
        slot.Holder = null;
        if (session.IsLost)
        {
            LetGo(slot, session);
            return;
        }

        if (session.ExpiryInterval == TimeSpan.Zero)
        {
            End(slot);
            return;
        }

        SetDeadlines(slot, session, now);
        if (slot.WillDueAt <= now) PublishWill(slot, session);
        Save(session, core.Clock.Time.GetUtcNow());
    }

    private void Restore(ClientSlot slot, StoredSession stored, SessionLimits limits)
    {
        var header = stored.Header;
        var session = new Session(header.ClientIdentifier, header.OwnerKey, limits, core.SessionServices)
        {
            ExpiryInterval = header.ExpiryInterval,
            Will = header.Will,
        };
        session.Restore(stored);
        session.Journal = core.SessionJournal;
        slot.Session = session;
        foreach (var saved in stored.Subscriptions)
        {
            if (!TopicFilter.TryParse(saved.Subscription.TopicFilter, out var filter)) continue;
            var subscription = new TopicSubscription(session, filter)
            {
                MaximumQos = saved.Subscription.MaximumQos,
                NoLocal = saved.Subscription.NoLocal,
                RetainAsPublished = saved.Subscription.RetainAsPublished,
                Identifier = saved.Identifier,
            };
            session.Subscriptions[filter.Text] = subscription;
            core.Subscriptions.Set(subscription);
        }

        var away = header.LeftAt is { } leftAt ? core.Clock.Time.GetUtcNow() - leftAt : TimeSpan.Zero;
        SetDeadlines(slot, session, core.Clock.Milliseconds - (long)away.TotalMilliseconds);
    }

    /// <summary>The Will is due after its delay, or when the session ends if that is sooner (MQTT 5.0 §3.1.3.2.2).</summary>
    private void SetDeadlines(ClientSlot slot, Session session, long leftAt)
    {
        slot.SessionEndsAt = leftAt + (long)session.ExpiryInterval.TotalMilliseconds;
        slot.WillDueAt = session.Will is { } will ? Math.Min(leftAt + (will.DelayInterval * 1000L), slot.SessionEndsAt) : long.MaxValue;
        Reschedule(slot);
    }

    private void Reschedule(ClientSlot slot) => _deadlines.Set(slot, Math.Min(slot.WillDueAt, slot.SessionEndsAt));

    private void PublishWill(ClientSlot slot, Session session)
    {
        slot.WillDueAt = long.MaxValue;
        if (session.Will is not { } will) return;
        session.Will = null;
        if (session.Journal is not null) Save(session, core.Clock.Time.GetUtcNow());
        core.Wills.Publish(session, will);
    }

    private void End(ClientSlot slot)
    {
        if (slot.Session is not { } session) return;
        PublishWill(slot, session);
        slot.Session = null;
        slot.SessionEndsAt = long.MaxValue;
        Reschedule(slot);
        foreach (var subscription in session.Subscriptions.Values) core.Subscriptions.Remove(session, subscription.Filter);
        var left = session.End();
        session.Journal?.Record(session, new SessionRemoved(session.ClientIdentifier));
        if (left.Count > 0) core.Router.PassOn(session, left);
    }

    /// <summary>Out of memory, and left as it is stored.</summary>
    private void LetGo(ClientSlot slot, Session session)
    {
        session.End();
        foreach (var subscription in session.Subscriptions.Values) core.Subscriptions.Remove(session, subscription.Filter);
        slot.Session = null;
        slot.WillDueAt = slot.SessionEndsAt = long.MaxValue;
        Reschedule(slot);
    }

    private void RemoveIfEmpty(ClientSlot slot)
    {
        if (slot.Owner is not null || slot.Session is not null || slot.IsGone) return;
        slot.IsGone = true;
        _slots.TryRemove(slot.ClientIdentifier, out _);
    }

    private static void Save(Session session, DateTimeOffset? leftAt) => session.Journal?.Record(
        session, new SessionSaved(session.ClientIdentifier, session.OwnerKey, session.ExpiryInterval, leftAt, session.Will));

    private readonly record struct Claim(ClientSlot? Slot, ClientConnection? Previous, ReasonCode ReasonCode, string? ReasonString);
}

/// <param name="Session">Null: the client is to be refused.</param>
/// <param name="IsPresent">Whether the session was there before.</param>
/// <param name="ReasonCode">Why it is to be refused.</param>
/// <param name="ReasonString">The same for people.</param>
internal sealed record OpenOutcome(Session? Session, bool IsPresent, ReasonCode ReasonCode, string? ReasonString);
