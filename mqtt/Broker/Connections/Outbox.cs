using System.Buffers;
using StepCloud.Mqtt.Transport;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>What the owner of an <see cref="Outbox"/> is told. Called without its lock.</summary>
internal interface IOutboxOwner
{
    /// <summary>All that was written is with the transport: there is room for what waits elsewhere.</summary>
    void OnRoom();

    void OnWriteFailed(Exception exception);
}

/// <summary>
/// The bytes that are to go to one client. Packets are appended under <see cref="Gate"/> by any thread; <see cref="Flush"/> hands all of
/// them to the transport in one write, and what is appended meanwhile goes into the next.
/// </summary>
/// <remarks>
/// An idle outbox holds no buffer. It is bounded by those who append: messages only while <see cref="HasRoom"/>, and answers only to what was
/// read, where reading stops while there is no room.
/// </remarks>
internal sealed class Outbox(Link link, int bytesMax, IOutboxOwner owner) : IBufferWriter<byte>
{
    private const int BufferBytesMin = 1024;

    private byte[]? _buffer;
    private int _length;
    private int _writing;
    private bool _flushing;
    private bool _ended;
    private TaskCompletionSource? _room;

    /// <summary>Held while a packet is appended.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Whether less waits than may.</summary>
    public bool HasRoom => Volatile.Read(ref _length) + Volatile.Read(ref _writing) < bytesMax;

    /// <summary>Nothing more may be appended. Under the gate.</summary>
    public bool HasEnded => _ended;

    /// <summary>The server's clock in milliseconds when the write under way began; <see cref="long.MaxValue"/> when there is none. For the sweep to find peers that do not read.</summary>
    public long WritingSince { get; private set; } = long.MaxValue;

    public required MonotonicClock Clock { get; init; }

    public void Advance(int count) => Volatile.Write(ref _length, _length + count);

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    /// <summary>Starts to send what is there, unless a write is under way: then that one goes on with it. Never waits for the peer.</summary>
    public void Flush()
    {
        byte[] bytes;
        int length;
        lock (Gate)
        {
            if (_flushing || (_length == 0 && !_ended)) return;
            _flushing = true;
            if (!TryTake(out bytes, out length)) return;
        }

        Write(bytes, length);
    }

    /// <summary>Completes when there is room again, or none will ever be needed.</summary>
    public ValueTask WaitForRoomAsync()
    {
        if (HasRoom) return default;
        lock (Gate)
        {
            if (HasRoom || _ended || !_flushing) return default;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task);
        }
    }

    /// <summary>What was appended is the last; the link's side is ended after it.</summary>
    public void End()
    {
        lock (Gate)
        {
            if (_ended) return;
            _ended = true;
            ReleaseWaiters();
        }

        Flush();
    }

    private void Write(byte[] bytes, int length)
    {
        while (true)
        {
            WritingSince = Clock.Milliseconds;
            ValueTask writing;
            try
            {
                writing = link.WriteAsync(bytes.AsMemory(0, length));
                if (!writing.IsCompleted)
                {
                    _ = FinishAsync(writing, bytes);
                    return;
                }

                writing.GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                Fail(bytes, exception);
                return;
            }

            if (!TryGoOn(ref bytes, ref length)) return;
        }
    }

    private async Task FinishAsync(ValueTask writing, byte[] bytes)
    {
        try
        {
            await writing;
        }
        catch (Exception exception)
        {
            Fail(bytes, exception);
            return;
        }

        int length = 0;
        if (TryGoOn(ref bytes, ref length)) Write(bytes, length);
    }

    /// <summary>One write is done: returns its buffer, lets in what waited for room, and takes what has gathered.</summary>
    private bool TryGoOn(ref byte[] bytes, ref int length)
    {
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
        WritingSince = long.MaxValue;
        lock (Gate)
        {
            Volatile.Write(ref _writing, 0);
            if (HasRoom) ReleaseWaiters();
        }

        owner.OnRoom();
        lock (Gate) return TryTake(out bytes, out length);
    }

    /// <summary>Takes the buffer for the next write; without one, the flushing is over. Under the gate.</summary>
    private bool TryTake(out byte[] bytes, out int length)
    {
        bytes = _buffer ?? [];
        length = _length;
        if (length > 0)
        {
            Volatile.Write(ref _writing, length);
            Volatile.Write(ref _length, 0);
            _buffer = null;
            return true;
        }

        // After the end, flushing stays set, so that the link is ended once.
        if (_ended) _ = EndLinkAsync();
        else _flushing = false;
        return false;
    }

    private async Task EndLinkAsync()
    {
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await link.ShutdownAsync();
        }
        catch (Exception exception) when (Link.IsNetworkFailure(exception) || exception is InvalidOperationException)
        {
            owner.OnWriteFailed(exception);
        }
    }

    private void Fail(byte[] bytes, Exception exception)
    {
        ArrayPool<byte>.Shared.Return(bytes);
        WritingSince = long.MaxValue;
        lock (Gate)
        {
            _ended = true;
            _length = _writing = 0;
            if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            ReleaseWaiters();
        }

        owner.OnWriteFailed(exception);
    }

    private void ReleaseWaiters()
    {
        _room?.TrySetResult();
        _room = null;
    }

    private void Ensure(int free)
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(free, BufferBytesMin));
            return;
        }

        if (_buffer.Length - _length >= free) return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max((long)_length + free, _length * 2L), Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
