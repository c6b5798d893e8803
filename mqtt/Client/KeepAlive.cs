namespace StepCloud.Mqtt.Client;

/// <summary>Says when a PINGREQ is due, and when its answer is overdue (MQTT 5.0 §3.1.2.10).</summary>
internal sealed class KeepAlive(TimeProvider time, TimeSpan interval, TimeSpan pingTimeout)
{
    // A PINGREQ goes out at three quarters of the interval, so that the way to the Server never makes it late.
    private readonly TimeSpan _quiet = interval * 0.75;
    private long _sent = time.GetTimestamp();
    private long _received = time.GetTimestamp();

    /// <summary>Set while the connection is not read because the handler is behind: silence then says nothing of the Server.</summary>
    public bool IsReadingPaused { get; set; }

    public void Sent() => Volatile.Write(ref _sent, time.GetTimestamp());

    public void Received() => Volatile.Write(ref _received, time.GetTimestamp());

    /// <exception cref="TimeoutException">The Server did not answer a PINGREQ.</exception>
    public async Task RunAsync(Action ping, CancellationToken cancellationToken)
    {
        if (interval == TimeSpan.Zero) await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        while (true)
        {
            var quiet = Quiet();
            if (quiet < _quiet)
            {
                await Task.Delay(_quiet - quiet, time, cancellationToken);
                continue;
            }
            var pinged = time.GetTimestamp();
            ping();
            await Task.Delay(pingTimeout, time, cancellationToken);
            if (Volatile.Read(ref _received) < pinged && !IsReadingPaused)
                throw new TimeoutException($"The Server did not answer a PINGREQ within {pingTimeout}.");
        }
    }

    /// <summary>
    /// The longer of the silences of the two directions: a Server that is sent to but says nothing may be gone, and its
    /// half-open connection would swallow all that is published at QoS 0.
    /// </summary>
    private TimeSpan Quiet() =>
        time.GetElapsedTime(Math.Min(Volatile.Read(ref _sent), Volatile.Read(ref _received)));
}
