using System.Diagnostics.Metrics;

namespace StepCloud.Storage.Notices;

/// <summary>Whether notices are heard, and how many came.</summary>
public sealed class NoticeMetrics : IDisposable
{
    /// <summary>Anybody with the database's rights can say anything on the channel: what is not ours is counted as one kind.</summary>
    private static readonly HashSet<string> Kinds =
    [
        Notice.SessionEnded, Notice.GatewayRevoked, Notice.UserDisabled, Notice.DeviceArchiveChanged, Notice.SigningKeysChanged, Notice.MqttSessionWanted,
        Notice.MqttSessionFree, Notice.RetainedChanged, Notice.CommandWaits, Notice.GatewayGone, Notice.CaseClosed,
    ];

    private readonly Meter _meter = new(StorageWatching.MeterName);
    private readonly Counter<long> _received;
    private readonly Counter<long> _lost;
    private volatile bool _isListening;
    private int _waiting;

    public NoticeMetrics()
    {
        _meter.CreateObservableGauge("stepcloud.notices.listening", () => _isListening ? 1 : 0, "{flag}", "1 while this process hears the notices of the others; 0 while it does not, and ended sessions are found out late");
        _meter.CreateObservableGauge("stepcloud.notices.waiting", () => Volatile.Read(ref _waiting), "{notice}", "Notices that came and were not acted on yet");
        _received = _meter.CreateCounter<long>("stepcloud.notices.received", "{notice}", "Notices that came, by kind");
        _lost = _meter.CreateCounter<long>("stepcloud.notices.connection.lost", "{connection}", "How often the connection for notices was lost or could not be opened");
    }

    /// <summary>Whether notices are heard, and everything that was missed before has been looked at.</summary>
    public bool IsListening => _isListening;

    public void Dispose() => _meter.Dispose();

    internal void Listening() => _isListening = true;

    internal void NotListening(bool isLost)
    {
        _isListening = false;
        Volatile.Write(ref _waiting, 0);
        if (isLost) _lost.Add(1);
    }

    internal void Received(Notice notice)
    {
        Interlocked.Increment(ref _waiting);
        _received.Add(1, new KeyValuePair<string, object?>("kind", Kinds.Contains(notice.Kind) ? notice.Kind : "other"));
    }

    internal void Handled() => Interlocked.Decrement(ref _waiting);
}
