using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>The journal of all stored sessions.</summary>
internal sealed class SessionJournal(ISessionStore store, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Journal<Entry> _journal = new(
        entries => store.SaveAsync([.. entries.Select(static e => e.Change)], CancellationToken.None), SendOn, time, logger);

    public ISessionStore Store => store;

    public long StoredUpTo => _journal.StoredUpTo;

    public long Record(Session session, SessionChange change) => _journal.Record(new Entry(session, change));

    public ValueTask WhenStoredAsync() => _journal.WhenStoredAsync();

    public ValueTask WhenBacklogIsLowAsync() => _journal.WhenBacklogIsLowAsync();

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    /// <summary>Messages may now leave that had to be stored first.</summary>
    private static void SendOn(IReadOnlyList<Entry> stored)
    {
        foreach (var session in stored.Select(static e => e.Session).Distinct()) session.Refill()?.Flush();
    }

    private readonly record struct Entry(Session Session, SessionChange Change);
}
