namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>How far an identity is ahead of its publishes per second. A burst of one second's worth is free; over it, reading waits until the debt is paid.</summary>
/// <remarks>Thread-safe: all connections of the identity draw on it.</remarks>
internal sealed class PublishRate(int perSecond, long now)
{
    private readonly Lock _gate = new();
    private double _tokens = perSecond;
    private long _at = now;

    public void Take()
    {
        lock (_gate) _tokens--;
    }

    /// <param name="now">The server's clock, in milliseconds.</param>
    public TimeSpan Debt(long now)
    {
        lock (_gate)
        {
            _tokens = Math.Min(perSecond, _tokens + ((now - _at) * perSecond / 1000.0));
            _at = now;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / perSecond);
        }
    }
}
