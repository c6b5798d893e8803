using System.Threading.Channels;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Live;

/// <summary>Whoever reads one stream: what waits for him, bounded. When it is too much he is let go; nobody waits for him.</summary>
internal sealed class LiveWatcher : IDisposable
{
    private readonly Channel<LiveEvent> _events;
    private readonly long _bytesMax;
    private readonly CancellationTokenSource _closed;
    private long _bytes;

    public LiveWatcher(AccessToken token, LiveOptions limits, CancellationToken ends)
    {
        Session = token.Session;
        User = token.Holder;
        Organization = token.Organization!.Value;
        _bytesMax = limits.WaitingBytesMax;
        _closed = CancellationTokenSource.CreateLinkedTokenSource(ends);
        _events = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(limits.WaitingEventsMax) { SingleReader = true });
    }

    public SessionId Session { get; }

    public Guid User { get; }

    public OrganizationId Organization { get; }

    /// <summary>The stream has to end: its session did, its reader is too slow, or he has gone.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>He was let go, because more waited for him than may.</summary>
    public bool IsTooSlow { get; private set; }

    /// <summary>Never waits.</summary>
    public void Offer(LiveEvent item)
    {
        if (_closed.IsCancellationRequested) return;
        if (Interlocked.Add(ref _bytes, item.Lines.Length) <= _bytesMax && _events.Writer.TryWrite(item)) return;
        IsTooSlow = true;
        Close();
    }

    public void Close() => _ = CloseAsync();

    /// <summary>Waits for the next event.</summary>
    public ValueTask<bool> WaitAsync() => _events.Reader.WaitToReadAsync(Closed);

    public bool TryTake(out LiveEvent item)
    {
        if (!_events.Reader.TryRead(out item!)) return false;
        Interlocked.Add(ref _bytes, -item.Lines.Length);
        return true;
    }

    public void Dispose() => _closed.Dispose();

    // Not on the caller's thread: what is registered at the token is not his.
    private async Task CloseAsync()
    {
        try
        {
            await _closed.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The stream has ended by itself meanwhile.
        }
    }
}
