namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>Time that only goes forward, for intervals; the wall clock may jump.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time => time;

    /// <summary>Since the server was made.</summary>
    public long Milliseconds => (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
