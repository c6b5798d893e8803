namespace StepCloud.Tests.Mqtt.Client;

/// <summary>A stream whose writes a test can hold up and count.</summary>
internal sealed class GatedStream : Stream
{
    private TaskCompletionSource _gate = new();
    private TaskCompletionSource _waiting = new();
    private Stream _inner = Null;

    public GatedStream() => _gate.SetResult();

    public int Count { get; private set; }

    /// <summary>Completes when a write is held up.</summary>
    public Task Waiting => _waiting.Task;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public GatedStream Over(Stream inner)
    {
        _inner = inner;
        return this;
    }

    public void Hold()
    {
        _gate = new TaskCompletionSource();
        _waiting = new TaskCompletionSource();
    }

    public void Release() => _gate.SetResult();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_gate.Task.IsCompleted) _waiting.TrySetResult();
        await _gate.Task.WaitAsync(cancellationToken);
        Count++;
        await _inner.WriteAsync(buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    public override void Flush() => _inner.Flush();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
