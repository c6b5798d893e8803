using System.Collections.Concurrent;
using System.Diagnostics;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>The trace of a publisher goes on in the server: `traceparent` and `tracestate` as User Properties.</summary>
public sealed class BatchSpanTests : IDisposable
{
    private const string First = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string Second = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private readonly string _client = $"client-{Guid.NewGuid():N}";
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public BatchSpanTests()
    {
        // Other tests of this process have servers too.
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MqttWatching.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if ((string?)span.GetTagItem("messaging.client.id") == _client) _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task The_span_of_a_batch_is_on_the_trace_of_its_message_and_what_the_application_does_is_below_it()
    {
        ActivityTraceId below = default;
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = _ =>
        {
            below = Activity.Current!.TraceId;
            return Task.CompletedTask;
        };
        var client = await server.ConnectAsync(_client);
        await client.PublishAsync("a", "1", 1, 1, with: Traced(("traceparent", First), ("tracestate", "rojo=00f067aa0ba902b7")));
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        var span = await SpanAsync();
        span.TraceId.ToHexString().ShouldBe("0af7651916cd43dd8448eb211c80319c");
        span.ParentSpanId.ToHexString().ShouldBe("b7ad6b7169203331");
        span.TraceStateString.ShouldBe("rojo=00f067aa0ba902b7");
        span.Kind.ShouldBe(ActivityKind.Consumer);
        span.GetTagItem("messaging.batch.message_count").ShouldBe(1);
        below.ShouldBe(span.TraceId);
    }

    [Fact]
    public async Task Messages_of_one_batch_are_one_span_that_is_linked_to_the_traces_of_all()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync(_client);
        await client.SendAsync(
            RawClient.Publish("a", "1", 1, 1, with: Traced(("traceparent", First))), RawClient.Publish("a", "2", 1, 2), RawClient.Publish("a", "3", 1, 3, with: Traced(("traceparent", Second))));
        for (int i = 0; i < 3; i++) await client.ExpectAckAsync(ControlPacketType.PubAck);
        List<Activity> spans = [];
        // One write may be read as several batches.
        while (spans.Sum(span => (int)span.GetTagItem("messaging.batch.message_count")!) < 3) spans.Add(await SpanAsync());
        spans.SelectMany(span => span.Links.Select(link => link.Context.TraceId).Append(span.TraceId)).Select(trace => trace.ToHexString())
            .ShouldBeSubsetOf([.. spans.Select(span => span.TraceId.ToHexString()), "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"]);
        spans.ShouldContain(span => span.TraceId.ToHexString() == "0af7651916cd43dd8448eb211c80319c");
        spans.ShouldContain(span => span.TraceId.ToHexString() == "4bf92f3577b34da6a3ce929d0e0e4736" || span.Links.Any(link => link.Context.TraceId.ToHexString() == "4bf92f3577b34da6a3ce929d0e0e4736"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more-of-it")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033é-01")]
    public async Task A_malformed_traceparent_begins_a_trace_of_the_server_s_own(string malformed)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync(_client);
        await client.PublishAsync("a", "1", 1, 1, with: Traced(("traceparent", malformed)));
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        (await SpanAsync()).ParentSpanId.ShouldBe(default);
    }

    [Fact]
    public async Task Two_of_them_are_none_and_a_tracestate_that_is_too_long_is_left_out()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync(_client);
        await client.PublishAsync("a", "1", 1, 1, with: Traced(("traceparent", First), ("traceparent", Second)));
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        (await SpanAsync()).ParentSpanId.ShouldBe(default);
        await client.PublishAsync("a", "1", 1, 1, with: Traced(("tracestate", "a=" + new string('x', 511)), ("traceparent", First)));
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        var span = await SpanAsync();
        span.TraceId.ToHexString().ShouldBe("0af7651916cd43dd8448eb211c80319c");
        span.TraceStateString.ShouldBeNull();
    }

    [Fact]
    public async Task A_batch_that_was_not_accepted_is_an_error_and_one_with_a_refused_message_says_so()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnPublish = topic => topic == "theirs" ? Authorization.NotAuthorized("Not your topic.") : Authorization.Allowed;
        var client = await server.ConnectAsync(_client);
        await client.PublishAsync("theirs", "1", 1, 1);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        (await SpanAsync()).GetTagItem("stepcloud.mqtt.refused").ShouldBe(1);
        server.Application.OnAccept = _ => Task.FromException(new InvalidOperationException("the database is away"));
        await client.PublishAsync("mine", "1", 1, 1);
        await client.ExpectDisconnectAsync(ReasonCode.ImplementationSpecificError);
        (await SpanAsync()).Status.ShouldBe(ActivityStatusCode.Error);
    }

    private static PublishPacket Traced(params (string Name, string Value)[] properties) =>
        new() { Properties = PublishProperties.Create(userProperties: [.. properties.Select(property => new UserProperty(property.Name, property.Value))]) };

    private async Task<Activity> SpanAsync()
    {
        Activity? span = null;
        await Eventually.BeAsync(() => _spans.TryDequeue(out span), "a span has ended");
        return span!;
    }
}
