using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>The journal of all stored sessions.</summary>
/// <param name="lost">Told of sessions of which nothing was stored, since they are another server's.</param>
internal sealed class SessionJournal(ISessionStore store, Action<Session> lost, SessionServices services, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Journal<Entry> _journal = new(entries => SaveAsync(entries, store, lost, services), SendOn, time, logger);

    public ISessionStore Store => store;

    public long StoredUpTo => _journal.StoredUpTo;

    public long WaitingCount => _journal.WaitingCount;

    public long Record(Session session, SessionChange change) => _journal.Record(new Entry(session, change));

    public ValueTask WhenStoredAsync() => _journal.WhenStoredAsync();

    public ValueTask WhenBacklogIsLowAsync() => _journal.WhenBacklogIsLowAsync();

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    private static async ValueTask SaveAsync(IReadOnlyList<Entry> entries, ISessionStore store, Action<Session> lost, SessionServices services)
    {
        var others = await store.SaveAsync([.. entries.Select(static e => e.Change)], CancellationToken.None);
        if (others.Count == 0) return;
        foreach (var session in entries.Where(e => others.Contains(e.Change.ClientIdentifier)).Select(static e => e.Session).Distinct()) lost(session);
        foreach (var (session, change) in entries)
        {
            if (change is MessageSaved saved && others.Contains(change.ClientIdentifier)) services.OnDropped(session, saved.Message, DropReason.SessionEnded);
        }
    }

    /// <summary>Messages may now leave that had to be stored first.</summary>
    private static void SendOn(IReadOnlyList<Entry> stored)
    {
        foreach (var session in stored.Select(static e => e.Session).Distinct()) session.Refill()?.Flush();
    }

    private readonly record struct Entry(Session Session, SessionChange Change);
}
