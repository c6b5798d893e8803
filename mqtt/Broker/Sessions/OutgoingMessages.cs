using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>
/// All messages of one session in their order: first those in flight, then those that wait, with a cursor at the first that the present
/// connection has not sent.
/// </summary>
/// <remarks>
/// A Packet Identifier is the message's number modulo 65,535; a number whose identifier another message still holds is left out.
/// What is removed leaves a gap, which closes when it reaches the front or when gaps outnumber messages. Not thread-safe.
/// </remarks>
internal sealed class OutgoingMessages
{
    public const int CountMax = ushort.MaxValue;
    private const int GapsKept = 32;

    private readonly List<OutgoingMessage?> _entries = [];
    private int _front;
    private int _cursor;
    private long _lastNumber;

    public int Count { get; private set; }

    /// <summary>The sum of what the messages cost, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many have not been sent in any connection.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Puts a new message at the end and numbers it. False: every Packet Identifier is taken.</summary>
    public bool TryAdd(OutgoingMessage message)
    {
        if (Count >= CountMax) return false;
        do _lastNumber++;
        while (MayCollide && TryFind(OutgoingMessage.PacketIdentifierOf(_lastNumber), out _));
        message.Number = _lastNumber;
        Append(message);
        return true;
    }

    /// <summary>Puts back a stored message, in the order of their numbers.</summary>
    public void Restore(OutgoingMessage message)
    {
        _lastNumber = message.Number;
        Append(message);
    }

    /// <summary>The next one to send, if any; it stays the next one until <see cref="Advance"/> or <see cref="Remove"/>.</summary>
    public bool TryPeek([NotNullWhen(true)] out OutgoingMessage? next)
    {
        while (_cursor < _entries.Count)
        {
            next = _entries[_cursor];
            if (next is not null) return true;
            _cursor++;
        }

        next = null;
        return false;
    }

    /// <summary>The peeked message is sent and is now in flight in the given state.</summary>
    public void Advance(OutgoingState state)
    {
        var sent = _entries[_cursor++]!;
        if (sent.State == OutgoingState.Waits) WaitingCount--;
        sent.State = state;
    }

    /// <summary>A new connection starts: whatever was in flight is to be sent again, before what waits.</summary>
    public void Rewind()
    {
        _cursor = _front;
        foreach (var message in InOrder()) message.HoldsQuota = false;
    }

    public bool TryFind(ushort packetIdentifier, [NotNullWhen(true)] out OutgoingMessage? found)
    {
        int at = IndexOf(packetIdentifier);
        found = at < 0 ? null : _entries[at];
        return found is not null;
    }

    public void Remove(OutgoingMessage message)
    {
        int at = IndexOf(message.PacketIdentifier);
        if (at < 0) return;
        _entries[at] = null;
        Count--;
        Bytes -= message.Message.Cost;
        if (message.State == OutgoingState.Waits) WaitingCount--;
        if (Count == 0)
        {
            _entries.Clear();
            _front = _cursor = 0;
            return;
        }

        while (_entries[_front] is null) _front++;
        if (_entries.Count > GapsKept && _entries.Count > Count * 2) CloseGaps();
    }

    public IEnumerable<OutgoingMessage> InOrder()
    {
        for (int i = _front; i < _entries.Count; i++)
        {
            if (_entries[i] is { } entry) yield return entry;
        }
    }

    private bool MayCollide => Count > 0 && _lastNumber - _entries[_front]!.Number >= ushort.MaxValue;

    private void Append(OutgoingMessage message)
    {
        _entries.Add(message);
        Count++;
        Bytes += message.Message.Cost;
        if (message.State == OutgoingState.Waits) WaitingCount++;
    }

    private void CloseGaps()
    {
        int gapsBeforeCursor = 0;
        for (int i = 0; i < _cursor; i++)
        {
            if (_entries[i] is null) gapsBeforeCursor++;
        }

        _cursor -= gapsBeforeCursor;
        _front = 0;
        _entries.RemoveAll(static e => e is null);
    }

    /// <summary>Acknowledgements come nearly in order, so a look at the front finds most; the rest is found by its number, which the entries are sorted by.</summary>
    private int IndexOf(ushort packetIdentifier)
    {
        if (Count == 0) return -1;
        var first = _entries[_front]!;
        if (first.PacketIdentifier == packetIdentifier) return _front;

        long distance = packetIdentifier - first.PacketIdentifier;
        if (distance < 0) distance += ushort.MaxValue;
        for (long number = first.Number + distance; number <= _lastNumber; number += ushort.MaxValue)
        {
            int at = IndexOfNumber(number);
            if (at >= 0) return at;
        }

        return -1;
    }

    private int IndexOfNumber(long number)
    {
        int low = _front, high = _entries.Count - 1;
        while (low <= high)
        {
            // Gaps hold no number: step to the nearest entry at or before the middle, at worst back to the low end.
            int middle = (low + high) >> 1, probe = middle;
            while (probe >= low && _entries[probe] is null) probe--;
            if (probe < low)
            {
                low = middle + 1;
                continue;
            }

            long there = _entries[probe]!.Number;
            if (there == number) return probe;
            if (there < number) low = middle + 1;
            else high = probe - 1;
        }

        return -1;
    }
}
