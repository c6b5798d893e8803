using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>The contract of a session store, in its plainest form: what a database behind the port has to do with each change.</summary>
internal sealed class MemorySessionStore : ISessionStore
{
    private bool _isFrozen;

    public ConcurrentDictionary<string, Kept> Sessions { get; } = new();

    public bool LoadsAtStart { get; init; } = true;

    public Func<string, bool> Chooses { get; init; } = _ => true;

    public bool IsShared { get; init; }

    /// <summary>What another server says to a claim; null for what is stored.</summary>
    public Func<string, CancellationToken, Task<SessionClaim?>>? OnClaim { get; set; }

    /// <summary>Clients whose sessions another server has taken.</summary>
    public ConcurrentBag<string> Lost { get; } = [];

    public TaskCompletionSource? Gate { get; set; }

    public int FailuresLeft { get; set; }

    public bool Keeps(ConnectedClient client, bool outlives) => outlives && Chooses(client.ClientIdentifier);

    /// <summary>From here on nothing is stored, as after a crash.</summary>
    public void Freeze() => _isFrozen = true;

    public void Thaw() => _isFrozen = false;

    public async IAsyncEnumerable<StoredSession> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (!LoadsAtStart) yield break;
        foreach (var kept in Sessions.Values) yield return kept.ToStored();
    }

    public async ValueTask<SessionClaim> ClaimAsync(ConnectedClient client, bool isInMemory, CancellationToken cancellationToken)
    {
        if (OnClaim is { } claim && await claim(client.ClientIdentifier, cancellationToken) is { } decided) return decided;
        return isInMemory
            ? SessionClaim.AsInMemory.Instance
            : new SessionClaim.AsStored(Sessions.TryGetValue(client.ClientIdentifier, out var kept) ? kept.ToStored() : null);
    }

    public async ValueTask<IReadOnlyCollection<string>> SaveAsync(IReadOnlyList<SessionChange> changes, CancellationToken cancellationToken)
    {
        if (Gate is { } gate) await gate.Task;
        if (FailuresLeft > 0)
        {
            FailuresLeft--;
            throw new IOException("the database is away");
        }

        if (_isFrozen) return [];
        foreach (var change in changes.Where(change => !Lost.Contains(change.ClientIdentifier))) Apply(change);
        return [.. Lost];
    }

    private void Apply(SessionChange change)
    {
        if (change is SessionSaved saved)
        {
            Sessions.AddOrUpdate(saved.ClientIdentifier, _ => new Kept(saved), (_, kept) =>
            {
                kept.Header = saved;
                return kept;
            });
            return;
        }

        // Fails as a foreign key would: nothing may be stored of a session that was not.
        var session = Sessions[change.ClientIdentifier];
        switch (change)
        {
            case SessionRemoved: Sessions.TryRemove(change.ClientIdentifier, out _); break;
            case SubscriptionSaved s: session.Subscriptions[s.Subscription.TopicFilter] = s; break;
            case SubscriptionRemoved s: session.Subscriptions.Remove(s.TopicFilter); break;
            case MessageSaved m: session.Messages[m.Number] = m; break;
            case MessageMoved m: session.Messages[m.Number] = session.Messages[m.Number] with { State = m.State }; break;
            case MessageRemoved m: session.Messages.Remove(m.Number); break;
            case InboundSaved i: session.Inbound.Add(i.PacketIdentifier); break;
            case InboundRemoved i: session.Inbound.Remove(i.PacketIdentifier); break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    internal sealed class Kept(SessionSaved header)
    {
        public SessionSaved Header { get; set; } = header;
        public Dictionary<string, SubscriptionSaved> Subscriptions { get; } = [];
        public SortedDictionary<long, MessageSaved> Messages { get; } = [];
        public HashSet<ushort> Inbound { get; } = [];

        public StoredSession ToStored() => new()
        {
            Header = Header,
            Subscriptions = [.. Subscriptions.Values],
            Messages = [.. Messages.Values],
            InboundIdentifiers = [.. Inbound],
        };
    }
}
