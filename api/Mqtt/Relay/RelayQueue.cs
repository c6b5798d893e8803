using System.Threading.Channels;
using StepCloud.Api.Watching;

namespace StepCloud.Api.Mqtt.Relay;

/// <summary>The messages that are on their way to one other node, in their order, and bounded: what finds no room is left out, counted, and the log says so.</summary>
internal sealed partial class RelayQueue : IDisposable
{
    private const int MessagesMax = 10_000;
    private const long BytesMax = 32 * 1024 * 1024;

    /// <summary>So much goes at a time.</summary>
    private const int TogetherMessages = 100;
    private const int TogetherBytes = 1024 * 1024;

    /// <summary>A node that has not answered by then is dead or as good as that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _node;
    private readonly IOtherNodes _others;
    private readonly ApiMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<RelayedMessage> _waiting = Channel.CreateBounded<RelayedMessage>(new BoundedChannelOptions(MessagesMax) { SingleReader = true });
    private long _bytes;
    private int _isFull;
    private volatile bool _isDisposed;

    public RelayQueue(string node, IOtherNodes others, ApiMetrics metrics, TimeProvider clock, ILogger logger)
    {
        (_node, _others, _metrics, _clock, _logger) = (node, others, metrics, clock, logger);
        _ = SendAsync();
    }

    public int WaitingCount => _waiting.Reader.Count;

    /// <summary>Never waits.</summary>
    public void Offer(RelayedMessage message)
    {
        if (Interlocked.Add(ref _bytes, message.Cost) <= BytesMax && _waiting.Writer.TryWrite(message)) return;
        Interlocked.Add(ref _bytes, -message.Cost);
        _metrics.NoticeLeftOut("relay");
        if (Interlocked.Exchange(ref _isFull, 1) == 0) LogFull(_logger, _node);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _waiting.Writer.TryComplete();
    }

    private async Task SendAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync() && !_isDisposed)
        {
            List<RelayedMessage> together = [];
            int bytes = 0;
            while (together.Count < TogetherMessages && bytes < TogetherBytes && _waiting.Reader.TryRead(out RelayedMessage? message))
            {
                together.Add(message);
                bytes += message.Cost;
            }

            await SendAsync(together);
            Interlocked.Add(ref _bytes, -bytes);
            Volatile.Write(ref _isFull, 0);
        }
    }

    private async Task SendAsync(List<RelayedMessage> together)
    {
        try
        {
            await _others.PublishAsync(_node, together).WaitAsync(Patience, _clock);
        }
        catch (Exception e)
        {
            foreach (RelayedMessage _ in together) _metrics.NoticeLeftOut("relay");
            LogNotSent(_logger, e, together.Count, _node);
        }
    }

    [LoggerMessage(4182, LogLevel.Warning, "More live steps wait for node {Node} than may: from here on some are left out; its watchers find them in the record")]
    private static partial void LogFull(ILogger logger, string node);

    [LoggerMessage(4183, LogLevel.Warning, "{Count} messages of live steps did not come to node {Node}; its watchers find them in the record")]
    private static partial void LogNotSent(ILogger logger, Exception exception, int count, string node);
}
