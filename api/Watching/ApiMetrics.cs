using System.Diagnostics.Metrics;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Api.Watching;

/// <summary>What the application has done since the process began, as instruments of the meter <see cref="MeterName"/>.</summary>
/// <remarks>No attribute has more values than the code has words for: never an id. What waits somewhere is told by whoever has it.</remarks>
public sealed class ApiMetrics : IDisposable
{
    public const string MeterName = "StepCloud.Api";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _messages;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _connectionsClosed;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _mails;
    private readonly Histogram<double> _looks;
    private readonly Counter<long> _looksFailed;
    private readonly Counter<long> _leftOut;
    private readonly Counter<long> _busy;
    private readonly Counter<long> _problems;
    private readonly Counter<long> _recordings;
    private readonly Counter<long> _recordingBytes;
    private readonly Counter<long> _recordingChecks;
    private readonly Counter<long> _recordingMoves;

    public ApiMetrics()
    {
        _messages = _meter.CreateCounter<long>("stepcloud.uplink.messages", "{message}", "Messages of gateways that were dealt with, by source (mqtt, http) and kind");
        _refusals = _meter.CreateCounter<long>("stepcloud.uplink.refusals", "{element}", "Elements of messages that were refused, by code");
        _quarantined = _meter.CreateCounter<long>("stepcloud.quarantine.messages", "{message}", "Messages that came into the quarantine");
        _connectionsClosed = _meter.CreateCounter<long>("stepcloud.sessions.connections.closed", "{connection}", "MQTT connections that were closed because their sessions were ended");
        _deliveries = _meter.CreateCounter<long>("stepcloud.alarm.deliveries", "{delivery}", "Tries to deliver an alarm, by kind of channel and outcome: delivered, failed (tried again), given_up");
        _mails = _meter.CreateCounter<long>("stepcloud.mails", "{mail}", "Tries to send a mail, by outcome: sent, failed (tried again), given_up");
        _looks = _meter.CreateHistogram(
            "stepcloud.look.duration", "s", "Looks at what came, by what it is held against: step_alarms, device_alarms, jobs and the like",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
        _looksFailed = _meter.CreateCounter<long>("stepcloud.look.failures", "{look}", "Looks that failed and are made again, by what it was held against");
        _leftOut = _meter.CreateCounter<long>("stepcloud.notices.left_out", "{notice}", "Notices within the process that found no room, by what they were for: presence, mqtt, relay");
        _busy = _meter.CreateCounter<long>("stepcloud.refused.busy", "{request}", "Requests that were refused because as many are under way as may be, by what: password_hashing, live_streams, live_reader (one that reads too slowly), recordings (uploads), recovery (requests for a new password)");
        _problems = _meter.CreateCounter<long>("stepcloud.http.problems", "{request}", "Requests that were refused or failed, by the code of the problem that they were answered with (docs/ERRORS.md)");
        _recordings = _meter.CreateCounter<long>("stepcloud.recordings.stored", "{recording}", "Recordings that were received and stored, whole");
        _recordingBytes = _meter.CreateCounter<long>("stepcloud.recordings.bytes", "By", "Content of recordings, by direction: received (stored, whole), read");
        _recordingChecks = _meter.CreateCounter<long>("stepcloud.recordings.checks", "{recording}", "Stored recordings that were read and compared with what was written, by outcome: sound, rotten");
        _recordingMoves = _meter.CreateCounter<long>(
            "stepcloud.recordings.moves", "{recording}", "Tries to bring a recording to another place, by that place (folder, s3) and outcome: moved, failed (tried again), rotten (stays, and is named)");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>Tells what there is at the moment somebody asks.</summary>
    internal void Watch(string name, Func<long> read, string unit, string description) => _meter.CreateObservableGauge(name, read, unit, description);

    /// <param name="attribute">What tells the measurements from each other.</param>
    internal void Watch(string name, string attribute, Func<IEnumerable<(string Value, long Count)>> read, string unit, string description) => _meter.CreateObservableGauge(
        name, () => read().Select(item => new Measurement<long>(item.Count, new KeyValuePair<string, object?>(attribute, item.Value))), unit, description);

    internal void MessagesTaken(string source, string kind, int count) =>
        _messages.Add(count, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("kind", kind));

    /// <param name="bytes">Of content.</param>
    internal void RecordingStored(long bytes)
    {
        _recordings.Add(1);
        _recordingBytes.Add(bytes, new KeyValuePair<string, object?>("direction", "received"));
    }

    internal void RecordingRead(long bytes) => _recordingBytes.Add(bytes, new KeyValuePair<string, object?>("direction", "read"));

    internal void RecordingChecked(bool isSound) => _recordingChecks.Add(1, new KeyValuePair<string, object?>("outcome", isSound ? "sound" : "rotten"));

    /// <param name="store">Where it was to go.</param>
    internal void RecordingMoved(string store, string outcome) =>
        _recordingMoves.Add(1, new KeyValuePair<string, object?>("to", store), new KeyValuePair<string, object?>("outcome", outcome));

    internal void Refused(RefusalCode code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", RefusalCodes.Wire(code)));

    internal void Quarantined(int messages) => _quarantined.Add(messages);

    internal void ConnectionsClosed(int count) => _connectionsClosed.Add(count);

    internal void DeliveryTried(string channel, string outcome) =>
        _deliveries.Add(1, new KeyValuePair<string, object?>("channel", channel), new KeyValuePair<string, object?>("outcome", outcome));

    internal void MailTried(string outcome) => _mails.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    internal void Looked(string at, TimeSpan took, bool hasFailed)
    {
        KeyValuePair<string, object?> of = new("of", at);
        _looks.Record(took.TotalSeconds, of);
        if (hasFailed) _looksFailed.Add(1, of);
    }

    internal void NoticeLeftOut(string what) => _leftOut.Add(1, new KeyValuePair<string, object?>("of", what));

    /// <param name="code">One of <see cref="Http.ProblemKinds"/>.</param>
    internal void Answered(string code) => _problems.Add(1, new KeyValuePair<string, object?>("code", code));

    internal void RefusedAsBusy(string what) => _busy.Add(1, new KeyValuePair<string, object?>("of", what));
}
