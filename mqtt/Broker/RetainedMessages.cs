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

    public int Count => _tree.Count;

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
                if (_tree.Remove(expired)) _journal?.Record(new RetainedChange(expired.Topic, null));
            }
        }

        found.RemoveAll(m => m.HasExpired(now));
        return found;
    }

    public ValueTask WhenStoredAsync() => _journal?.WhenStoredAsync() ?? default;

    public async ValueTask DisposeAsync()
    {
        if (_journal is not null) await _journal.DisposeAsync();
        _tree.Dispose();
    }
}
