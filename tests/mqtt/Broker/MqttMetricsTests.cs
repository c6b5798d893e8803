using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>What a server tells of itself in numbers.</summary>
public sealed class MqttMetricsTests
{
    [Fact]
    public async Task Messages_are_counted_by_quality_of_service_and_refusals_by_reason()
    {
        await using var server = await TestServer.StartAsync();
        using Counts counts = new(server.Server);
        server.Application.OnPublish = topic => topic == "theirs" ? Authorization.NotAuthorized("Not your topic.") : Authorization.Allowed;
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("mine", "1", 1, 1);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.PublishAsync("theirs", "2", 1, 2);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.PublishAsync("mine", "3");
        await Eventually.BeAsync(() => counts["stepcloud.mqtt.publishes|qos=0"] == 1, "the message of QoS 0 is counted");
        counts["stepcloud.mqtt.publishes|qos=1"].ShouldBe(2);
        counts["stepcloud.mqtt.publishes.refused|reason_code=NotAuthorized"].ShouldBe(1);
        counts["stepcloud.mqtt.authentication.duration|outcome=accepted"].ShouldBeGreaterThan(0);
        counts["stepcloud.mqtt.batch.duration"].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Connections_are_told_by_protocol_and_what_ended_or_refused_them_is_counted()
    {
        await using var server = await TestServer.StartAsync(options => options.ConnectionsPerIdentityMax = 2);
        using Counts counts = new(server.Server);
        server.Application.OnAuthenticate = request => request.UserName == "nobody"
            ? new AuthenticationOutcome.Refused(ReasonCode.BadUserNameOrPassword) : new AuthenticationOutcome.Accepted(new TestIdentity(request.ClientIdentifier));
        var five = await server.ConnectAsync("five");
        await server.ConnectAsync("old", MqttVersion.V311);
        counts.Observe();
        counts["stepcloud.mqtt.connections|network.protocol.version=5.0|tls=false"].ShouldBe(1);
        counts["stepcloud.mqtt.connections|network.protocol.version=3.1.1|tls=false"].ShouldBe(1);
        counts["stepcloud.mqtt.connections|network.protocol.version=5.0|tls=true"].ShouldBe(0);
        counts["stepcloud.mqtt.sessions"].ShouldBe(2);

        (await server.ConnectWithAnswerAsync("nobody", with: new ConnectPacket { UserName = "nobody" })).Answer.ReasonCode.ShouldBe(ReasonCode.BadUserNameOrPassword);
        counts["stepcloud.mqtt.connections.refused|reason_code=BadUserNameOrPassword"].ShouldBe(1);
        await five.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket());
        await Eventually.BeAsync(() => counts["stepcloud.mqtt.connections.ended|by=Client|reason_code=NormalDisconnection"] == 1, "the end of the connection is counted");
        counts.Observe();
        counts["stepcloud.mqtt.connections|network.protocol.version=5.0|tls=false"].ShouldBe(0);
    }

    [Fact]
    public async Task Who_publishes_more_than_the_application_takes_is_counted_as_paused()
    {
        TaskCompletionSource gate = new();
        await using var server = await TestServer.StartAsync(options => options.PendingMessagesMax = 1);
        using Counts counts = new(server.Server);
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "1", 1, 1);
        await Eventually.BeAsync(() => !server.Application.Seen.IsEmpty, "the first message is with the application");
        await client.PublishAsync("a", "2", 1, 2);
        await Eventually.BeAsync(() => counts["stepcloud.mqtt.reads.paused|for=application"] == 1, "the pause is counted");
        gate.SetResult();
        for (int i = 0; i < 2; i++) await client.ExpectAckAsync(ControlPacketType.PubAck);
    }

    /// <summary>The sums of one server's counters, and its gauges as they were last observed, by name and attributes.</summary>
    private sealed class Counts : IDisposable
    {
        private readonly ConcurrentDictionary<string, double> _values = new();
        private readonly MeterListener _listener = new();

        public Counts(MqttServer server)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, server.Metrics.Meter)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public double this[string key] => _values.GetValueOrDefault(key);

        public void Observe() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string key = instrument.Name;
            foreach (var tag in tags) key += $"|{tag.Key}={tag.Value}";
            _values.AddOrUpdate(key, value, (_, sum) => instrument.IsObservable ? value : sum + value);
        }
    }
}
