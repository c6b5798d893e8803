using System.Collections;
using System.Diagnostics;
using StepCloud.Mqtt.Broker.Connections;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Consecutive messages of one client, with room for the answer to each.</summary>
public sealed class PublishBatch : IReadOnlyList<IncomingPublish>
{
    private const int EntriesAtFirst = 16;

    private readonly List<ReceiveBuffer> _buffers = [];
    private Entry[] _entries = new Entry[EntriesAtFirst];

    internal PublishBatch()
    {
    }

    public ConnectedClient Client { get; internal set; } = null!;

    public int Count { get; private set; }

    /// <summary>True for the one message that the server sends in the name of a client that went away (MQTT 5.0 §3.1.2.5).</summary>
    public bool IsWill { get; internal init; }

    public IncomingPublish this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return new IncomingPublish(this, index);
        }
    }

    public IEnumerator<IncomingPublish> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return new IncomingPublish(this, i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal ref Entry At(int index) => ref _entries[index];

    internal void Add(in PublishPacket packet, string topic, in Authorization authorization)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, Count * 2);
        ref var entry = ref _entries[Count++];
        entry.Packet = packet;
        entry.Topic = topic;
        entry.ReasonCode = authorization.ReasonCode;
        entry.ReasonString = authorization.ReasonString;
        entry.IsRouted = true;
        entry.IsEchoed = true;
    }

    /// <summary>The memory that its messages keep, in bytes.</summary>
    internal long Bytes { get; private set; }

    internal int Capacity => _entries.Length;

    /// <summary>When the application got it, by the server's clock; 0 when nobody wants to know.</summary>
    internal long HandedOverAt { get; set; }

    /// <summary>Null when nobody traces it.</summary>
    internal Activity? Span { get; set; }

    internal void CompleteSpan(int refused)
    {
        BatchSpan.Complete(Span, refused);
        Span = null;
    }

    internal bool Contains(ushort packetIdentifier)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_entries[i].Packet.PacketIdentifier == packetIdentifier) return true;
        }

        return false;
    }

    /// <summary>The message added last lies in this buffer.</summary>
    internal void Hold(ReceiveBuffer buffer)
    {
        if (_buffers.Count > 0 && ReferenceEquals(_buffers[^1], buffer)) return;
        buffer.Hold();
        _buffers.Add(buffer);
        Bytes += buffer.Bytes.Length;
    }

    /// <summary>Appends the messages of a later batch, which is empty afterwards.</summary>
    internal void TakeOver(PublishBatch later)
    {
        int together = Count + later.Count;
        if (together > _entries.Length) Array.Resize(ref _entries, Math.Max(together, _entries.Length * 2));
        later._entries.AsSpan(0, later.Count).CopyTo(_entries.AsSpan(Count));
        Count = together;
        foreach (var buffer in later._buffers) Hold(buffer);
        later.Clear();
    }

    internal void Clear()
    {
        BatchSpan.Fail(Span);
        Span = null;
        foreach (var buffer in _buffers) buffer.Release();
        _buffers.Clear();
        Bytes = 0;
        Array.Clear(_entries, 0, Count);
        Count = 0;
        Client = null!;
    }

    internal struct Entry
    {
        public PublishPacket Packet;
        public string Topic;
        public ReasonCode ReasonCode;
        public string? ReasonString;
        public bool IsRouted;
        public bool IsEchoed;
    }
}

/// <summary>One message of a <see cref="PublishBatch"/>: a view, valid as long as the batch is.</summary>
public readonly struct IncomingPublish : IEquatable<IncomingPublish>
{
    private readonly PublishBatch _batch;
    private readonly int _index;

    internal IncomingPublish(PublishBatch batch, int index)
    {
        _batch = batch;
        _index = index;
    }

    /// <summary>The full Topic Name, wherever the client used an alias.</summary>
    public string Topic => _batch.At(_index).Topic;

    public ReadOnlyMemory<byte> Payload => _batch.At(_index).Packet.Payload;
    public PublishProperties Properties => _batch.At(_index).Packet.Properties;

    /// <summary>In seconds; null: never.</summary>
    public uint? MessageExpiryInterval => _batch.At(_index).Packet.MessageExpiryInterval;

    public QualityOfService Qos => _batch.At(_index).Packet.Qos;
    public bool Retain => _batch.At(_index).Packet.Retain;
    public bool Dup => _batch.At(_index).Packet.Dup;

    /// <summary>0 at QoS 0.</summary>
    public ushort PacketIdentifier => _batch.At(_index).Packet.PacketIdentifier;

    /// <summary>What the client will be told. Already a failure when the <see cref="IAuthorizer"/> refused the message.</summary>
    public ReasonCode ReasonCode => _batch.At(_index).ReasonCode;

    public string? ReasonString => _batch.At(_index).ReasonString;

    public bool IsRefused => ReasonCode.IsFailure();

    /// <summary>Whether subscribers get the message, and the retained store where it asks for that; true until set. A refused message is never routed.</summary>
    public bool IsRouted
    {
        get => _batch.At(_index).IsRouted;
        set => _batch.At(_index).IsRouted = value;
    }

    /// <summary>Whether the publisher's own session gets it too, where it subscribes; true until set. False is No Local (MQTT 5.0 §3.8.3.1) by the application's will.</summary>
    public bool IsEchoed
    {
        get => _batch.At(_index).IsEchoed;
        set => _batch.At(_index).IsEchoed = value;
    }

    /// <summary>Refuses the message; its acknowledgement carries the reason where the version has room for one.</summary>
    public void Refuse(ReasonCode reasonCode, string? reasonString = null)
    {
        if (!reasonCode.IsFailure()) throw new ArgumentOutOfRangeException(nameof(reasonCode), reasonCode, "A refusal is a Reason Code of 0x80 or greater.");
        ref var entry = ref _batch.At(_index);
        entry.ReasonCode = reasonCode;
        entry.ReasonString = reasonString;
    }

    public bool Equals(IncomingPublish other) => ReferenceEquals(_batch, other._batch) && _index == other._index;

    public override bool Equals(object? obj) => obj is IncomingPublish other && Equals(other);

    public override int GetHashCode() => _index;

    public static bool operator ==(IncomingPublish left, IncomingPublish right) => left.Equals(right);

    public static bool operator !=(IncomingPublish left, IncomingPublish right) => !left.Equals(right);
}
