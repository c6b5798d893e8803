using System.Diagnostics.Metrics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>What one server has done and has, as instruments of the meter <see cref="MqttWatching.MeterName"/>.</summary>
/// <remarks>What there is at a moment is counted when somebody asks. No attribute has more values than the standard has words: never a client.</remarks>
internal sealed class MqttMetrics : IDisposable
{
    /// <summary>s. A batch waits for one commit, a few milliseconds, or for a database that is away.</summary>
    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    private readonly Meter _meter = new(MqttWatching.MeterName);
    private readonly Counter<long> _refusedConnections;
    private readonly Counter<long> _endedConnections;
    private readonly Histogram<double> _authentication;
    private readonly Counter<long> _publishes;
    private readonly Counter<long> _refusedPublishes;
    private readonly Histogram<double> _batch;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _paused;
    private int _authenticating;

    public MqttMetrics(BrokerCore core)
    {
        var options = core.Options;
        _meter.CreateObservableUpDownCounter("stepcloud.mqtt.connections", () => CountConnections(core), "{connection}", "Accepted clients, by protocol version and whether the link is encrypted");
        Watch("stepcloud.mqtt.connections.pending", () => Math.Max(0, core.ConnectionCount - core.Connections.Count(static c => c.Client is not null)), "{connection}", "Connections whose client is not accepted yet");
        Watch("stepcloud.mqtt.connections.limit", () => options.ConnectionsMax, "{connection}", "Connections that there may be (Mqtt:ConnectionsMax)");
        Watch("stepcloud.mqtt.sessions", () => core.Registry.Count, "{session}", "Sessions in memory, connected or not");
        Watch("stepcloud.mqtt.sessions.limit", () => options.SessionsMax, "{session}", "Sessions that there may be (Mqtt:SessionsMax)");
        Watch("stepcloud.mqtt.subscriptions", () => core.Subscriptions.Count, "{subscription}", "Subscriptions of all sessions");
        Watch("stepcloud.mqtt.retained", () => core.Retained.Count, "{message}", "Retained messages");
        Watch("stepcloud.mqtt.retained.limit", () => options.RetainedMessagesMax, "{message}", "Retained messages that there may be (Mqtt:RetainedMessagesMax)");
        Watch("stepcloud.mqtt.authentications", () => Volatile.Read(ref _authenticating), "{authentication}", "Clients whose credentials are being checked or wait for that");
        Watch("stepcloud.mqtt.store.waiting", () => (int)((core.SessionJournal?.WaitingCount ?? 0) + core.Retained.WaitingCount), "{change}", "Changes of sessions and retained messages that their stores have not taken yet");
        _refusedConnections = _meter.CreateCounter<long>("stepcloud.mqtt.connections.refused", "{connection}", "Connections that were refused, by Reason Code");
        _endedConnections = _meter.CreateCounter<long>("stepcloud.mqtt.connections.ended", "{connection}", "Accepted connections that have ended, by who ended them and Reason Code");
        _authentication = _meter.CreateHistogram("stepcloud.mqtt.authentication.duration", "s", "Checks of credentials, the wait for their turn included, by outcome", advice: s_seconds);
        _publishes = _meter.CreateCounter<long>("stepcloud.mqtt.publishes", "{message}", "Messages that clients published and the application is done with, by Quality of Service");
        _refusedPublishes = _meter.CreateCounter<long>("stepcloud.mqtt.publishes.refused", "{message}", "Those of them that were refused, by Reason Code");
        _batch = _meter.CreateHistogram("stepcloud.mqtt.batch.duration", "s", "From handing a batch of messages to the application until its acknowledgements are written", advice: s_seconds);
        _dropped = _meter.CreateCounter<long>("stepcloud.mqtt.messages.dropped", "{message}", "Messages that a session should have got and will not, by reason");
        _paused = _meter.CreateCounter<long>("stepcloud.mqtt.reads.paused", "{pause}", "Pauses in reading from a connection, by what it waited for: that its client reads, a store, its rate, the application");
    }

    internal Meter Meter => _meter;

    /// <summary>Whether it is worth asking the clock.</summary>
    public bool TimesBatches => _batch.Enabled;

    public void Dispose() => _meter.Dispose();

    public void ConnectionRefused(ReasonCode reasonCode) => _refusedConnections.Add(1, new KeyValuePair<string, object?>("reason_code", reasonCode.ToString()));

    public void ConnectionEnded(DisconnectCause cause) => _endedConnections.Add(
        1, new KeyValuePair<string, object?>("by", cause.By.ToString()), new KeyValuePair<string, object?>("reason_code", cause.ReasonCode.ToString()));

    public void AuthenticationBegins() => Interlocked.Increment(ref _authenticating);

    public void AuthenticationEnds(TimeSpan took, AuthenticationOutcome? outcome)
    {
        Interlocked.Decrement(ref _authenticating);
        string word = outcome switch
        {
            AuthenticationOutcome.Accepted => "accepted",
            AuthenticationOutcome.Continue => "continued",
            _ => "refused",
        };
        _authentication.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", word));
    }

    /// <returns>How many of the batch were refused.</returns>
    public int BatchCompleted(PublishBatch batch, TimeSpan took)
    {
        if (TimesBatches) _batch.Record(took.TotalSeconds);
        Span<int> byQos = stackalloc int[3];
        int refused = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            ref var entry = ref batch.At(i);
            byQos[(int)entry.Packet.Qos]++;
            if (!entry.ReasonCode.IsFailure()) continue;
            refused++;
            _refusedPublishes.Add(1, new KeyValuePair<string, object?>("reason_code", entry.ReasonCode.ToString()));
        }

        for (int qos = 0; qos < byQos.Length; qos++)
        {
            if (byQos[qos] > 0) _publishes.Add(byQos[qos], new KeyValuePair<string, object?>("qos", s_qos[qos]));
        }

        return refused;
    }

    public void Dropped(DropReason reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Paused(string waitedFor) => _paused.Add(1, new KeyValuePair<string, object?>("for", waitedFor));

    // Boxed once.
    private static readonly object[] s_qos = [0, 1, 2];

    private void Watch(string name, Func<int> read, string unit, string description) => _meter.CreateObservableGauge(name, read, unit, description);

    private static Measurement<int>[] CountConnections(BrokerCore core)
    {
        Span<int> counts = stackalloc int[4];
        foreach (var connection in core.Connections)
        {
            if (connection is { Client: { } client, IsClosing: false }) counts[(client.Version == MqttVersion.V500 ? 2 : 0) + (client.IsEncrypted ? 1 : 0)]++;
        }

        var measurements = new Measurement<int>[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            measurements[i] = new Measurement<int>(
                counts[i], new KeyValuePair<string, object?>("network.protocol.version", i < 2 ? "3.1.1" : "5.0"), new KeyValuePair<string, object?>("tls", i % 2 == 1 ? "true" : "false"));
        }

        return measurements;
    }
}
