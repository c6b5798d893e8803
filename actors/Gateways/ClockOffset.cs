namespace StepCloud.Actors.Gateways;

/// <summary>How far a gateway's clock is behind the server's: the least of what its messages of the last half hour say.</summary>
/// <remarks>
/// A message tells when it was sent, and is received later than that by its way and by the clocks' difference. The way takes longer or less long, and
/// never less than nothing: so the least difference is nearest to the clocks'. Kept by minutes, so that a busy gateway costs no more than another.
/// </remarks>
public sealed class ClockOffset
{
    private const int MinutesMax = 30;

    private readonly Queue<(DateTimeOffset Begins, TimeSpan Least)> _closed = new();
    private DateTimeOffset? _begins;
    private TimeSpan _least;

    /// <summary>Null while nothing was told.</summary>
    public TimeSpan? Estimate
    {
        get
        {
            if (_begins is null) return null;
            TimeSpan least = _least;
            foreach ((_, TimeSpan closed) in _closed) least = closed < least ? closed : least;
            return least;
        }
    }

    /// <param name="sent">By the gateway's clock.</param>
    /// <param name="received">By the server's; never goes back by more than the server's clock does.</param>
    public void Add(DateTimeOffset sent, DateTimeOffset received)
    {
        TimeSpan difference = received - sent;
        if (_begins is { } begins && received - begins < TimeSpan.FromMinutes(1))
        {
            if (difference < _least) _least = difference;
            return;
        }

        if (_begins is { } ended) _closed.Enqueue((ended, _least));
        while (_closed.TryPeek(out (DateTimeOffset Begins, TimeSpan Least) oldest) && received - oldest.Begins > TimeSpan.FromMinutes(MinutesMax))
            _closed.Dequeue();
        (_begins, _least) = (received, difference);
    }
}
