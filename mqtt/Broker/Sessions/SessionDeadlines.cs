using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>When to look at which slot: one time for each, the next.</summary>
internal sealed class SessionDeadlines
{
    private readonly SortedSet<ClientSlot> _slots = new(Comparer<ClientSlot>.Create(static (a, b) =>
        a.LookAt.CompareTo(b.LookAt) is var order and not 0 ? order : string.CompareOrdinal(a.ClientIdentifier, b.ClientIdentifier)));

    private readonly Lock _gate = new();

    /// <param name="slot">Whose time it is.</param>
    /// <param name="lookAt">On the server's clock; <see cref="long.MaxValue"/>: not at all.</param>
    public void Set(ClientSlot slot, long lookAt)
    {
        lock (_gate)
        {
            // The set is sorted by the time, so the slot has to be out of it while that changes.
            if (slot.LookAt < long.MaxValue) _slots.Remove(slot);
            slot.LookAt = lookAt;
            if (lookAt < long.MaxValue) _slots.Add(slot);
        }
    }

    /// <summary>Takes out the slot that is due longest.</summary>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out ClientSlot? slot)
    {
        lock (_gate)
        {
            slot = _slots.Min;
            if (slot is null || slot.LookAt > now) return false;
            _slots.Remove(slot);
            slot.LookAt = long.MaxValue;
            return true;
        }
    }
}
