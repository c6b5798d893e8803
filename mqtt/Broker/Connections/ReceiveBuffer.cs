using System.Buffers;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>Pooled memory that goes back when the last of its holders lets go: the reader, and each batch whose messages lie in it.</summary>
internal sealed class ReceiveBuffer
{
    private int _holders = 1;

    public ReceiveBuffer(int bytesMin) => Bytes = ArrayPool<byte>.Shared.Rent(bytesMin);

    public byte[] Bytes { get; }

    /// <summary>Whether only one holder is left. What that one sees as true stays true.</summary>
    public bool IsSole => Volatile.Read(ref _holders) == 1;

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) ArrayPool<byte>.Shared.Return(Bytes);
    }
}
