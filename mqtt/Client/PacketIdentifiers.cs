namespace StepCloud.Mqtt.Client;

/// <summary>
/// Hands out Packet Identifiers that are not in use, the longest unused ones first: an acknowledgement that comes late
/// then meets no newer packet.
/// </summary>
internal sealed class PacketIdentifiers
{
    /// <summary>So many at most for publications; SUBSCRIBE and UNSUBSCRIBE share the rest of the 65,535.</summary>
    public const int PublishMax = 60_000;

    private readonly Lock _lock = new();
    private readonly HashSet<ushort> _used = [];
    private ushort _last;

    public ushort Take()
    {
        lock (_lock)
        {
            if (_used.Count >= ushort.MaxValue) throw new InvalidOperationException("All Packet Identifiers are in use.");
            do _last = _last == ushort.MaxValue ? (ushort)1 : (ushort)(_last + 1);
            while (!_used.Add(_last));
            return _last;
        }
    }

    public void Free(ushort identifier)
    {
        lock (_lock) _used.Remove(identifier);
    }
}
