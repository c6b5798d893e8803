namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>A client that connects and then asks without end (PINGREQ), and reads nothing but the CONNACK.</summary>
internal sealed class UnreadStream : Stream
{
    private static readonly byte[] Connect = [0x10, 0x0F, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 3, (byte)'o', (byte)'n', (byte)'e'];

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesRead;
    private int _writes;

    /// <summary>What the server has taken so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A zero-byte read asks whether there is something: there always is.
        if (_closed.Task.IsCompleted || buffer.IsEmpty) return ValueTask.FromResult(0);
        long at = BytesRead;
        int count = at < Connect.Length ? Math.Min(buffer.Length, Connect.Length - (int)at) : Math.Max(buffer.Length & ~1, 1);
        for (int i = 0; i < count; i++)
            buffer.Span[i] = at + i < Connect.Length ? Connect[at + i] : (at + i - Connect.Length) % 2 == 0 ? (byte)0xC0 : (byte)0x00;
        Interlocked.Add(ref _bytesRead, count);
        return ValueTask.FromResult(count);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        bool isConnAck = Interlocked.Increment(ref _writes) == 1;
        if (!isConnAck) await _closed.Task.WaitAsync(cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _closed.TrySetResult();
        base.Dispose(disposing);
    }
}
