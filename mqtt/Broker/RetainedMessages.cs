using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;

namespace StepCloud.Mqtt.Broker;

/// <summary>The retained messages: in memory, and in their store if there is one.</summary>
internal sealed class RetainedMessages(IRetainedStore? store, int countMax, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly RetainedTree _tree = new();
    private readonly Lock _order = new();
    private readonly Journal<RetainedChange>? _journal = store is { } kept
        ? new Journal<RetainedChange>(changes => kept.SaveAsync(changes, CancellationToken.None), static _ => { }, time, logger)
        : null;

    /// <summary>Topics that were published to here while the store is read; null while it is not.</summary>
    private HashSet<string>? _touched;

    public int Count => _tree.Count;

    /// <summary>Changes that are not stored yet.</summary>
    public long WaitingCount => _journal?.WaitingCount ?? 0;

    /// <summary>Whether changes have to be stored before they can be answered.</summary>
    public bool IsStored => _journal is not null;

    public bool HasRoomFor(string topic) => _tree.Count < countMax || _tree.Contains(topic);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (store is null) return;
        await foreach (var message in store.LoadAllAsync(cancellationToken)) _tree.Set(message);
    }

    /// <summary>Retains the message, or with an empty payload forgets the topic's.</summary>
    public void Set(MqttMessage message)
    {
        if (_journal is null)
        {
            _tree.Set(message);
            return;
        }

        // In one step, so that of two publishers to a topic the same one is last in memory and in the store.
        lock (_order)
        {
            _tree.Set(message);
            _touched?.Add(message.Topic);
            _journal.Record(new RetainedChange(message.Topic, message.Payload.IsEmpty ? null : message));
        }
    }

    /// <summary>Those that the filter matches and that have not expired, which are forgotten.</summary>
    public List<MqttMessage> Match(TopicFilter filter)
    {
        List<MqttMessage> found = [];
        _tree.Match(filter, found);
        var now = time.GetUtcNow();
        foreach (var expired in found.Where(m => m.HasExpired(now)))
        {
            lock (_order)
            {
                // In a shared store there may be a newer one by now, which is not to be deleted for this.
                if (_tree.Remove(expired) && store is { IsShared: false }) _journal?.Record(new RetainedChange(expired.Topic, null));
            }
        }

        found.RemoveAll(m => m.HasExpired(now));
        return found;
    }

    /// <summary>Brings what the filters match to what the store has, which other servers write too. One call at a time.</summary>
    /// <param name="read">Reads from the store all that the filters match.</param>
    /// <returns>What was changed: as others have published it, with an empty payload where nothing is retained any more.</returns>
    /// <remarks>
    /// What is published here meanwhile is newer than what is read, or is about to be stored over it: such topics are left as they are. Everything earlier is
    /// stored before the store is read.
    /// </remarks>
    public async Task<IReadOnlyList<MqttMessage>> RefreshAsync(IReadOnlyList<TopicFilter> filters, Func<Task<IReadOnlyList<MqttMessage>>> read)
    {
        lock (_order) _touched = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await WhenStoredAsync();
            var found = (await read()).ToDictionary(m => m.Topic, StringComparer.Ordinal);
            lock (_order)
            {
                List<MqttMessage> had = [];
                foreach (var filter in filters) _tree.Match(filter, had);
                List<MqttMessage> changed =
                    [.. had.Where(m => !found.ContainsKey(m.Topic)).Select(m => new MqttMessage { Topic = m.Topic, Qos = m.Qos, Retain = true })];
                changed.AddRange(found.Values.Where(m => !IsSame(_tree.Get(m.Topic), m)));
                changed.RemoveAll(m => _touched.Contains(m.Topic));
                foreach (var message in changed) _tree.Set(message);
                return changed;
            }
        }
        finally
        {
            lock (_order) _touched = null;
        }
    }

    /// <summary>A store may keep times less exactly than this server.</summary>
    private static bool IsSame(MqttMessage? had, MqttMessage found) =>
        had is not null && had.Qos == found.Qos && had.Payload.Span.SequenceEqual(found.Payload.Span)
        && had.Properties.Encoded.Span.SequenceEqual(found.Properties.Encoded.Span)
        && had.ExpiresAt.HasValue == found.ExpiresAt.HasValue
        && (had.ExpiresAt.GetValueOrDefault() - found.ExpiresAt.GetValueOrDefault()).Duration() < TimeSpan.FromMilliseconds(1);

    public ValueTask WhenStoredAsync() => _journal?.WhenStoredAsync() ?? default;

    public async ValueTask DisposeAsync()
    {
        if (_journal is not null) await _journal.DisposeAsync();
        _tree.Dispose();
    }
}
