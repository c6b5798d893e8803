using System.Diagnostics;
using OpenTelemetry.Trace;
using Shouldly;
using StepCloud.Api.Watching;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Watching;

public sealed class TraceSamplerTests
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_span_within_the_process_follows_its_parent_whatever_the_ratio_is(bool isRecorded, bool expected) =>
        Sampler(ratio: isRecorded ? 0 : 1).Samples(Parent(isRemote: false, isRecorded), ActivityKind.Client).ShouldBe(expected);

    [Fact]
    public void A_sender_that_asks_for_it_is_traced_and_one_that_asks_for_no_trace_is_not()
    {
        Sampler(ratio: 0).Samples(Parent(isRemote: true, isRecorded: true), ActivityKind.Consumer).ShouldBeTrue();
        Sampler(ratio: 1).Samples(Parent(isRemote: true, isRecorded: false), ActivityKind.Server).ShouldBeFalse();
    }

    [Theory]
    [InlineData(ActivityKind.Server, true)]
    [InlineData(ActivityKind.Consumer, true)]
    [InlineData(ActivityKind.Client, false)]
    [InlineData(ActivityKind.Internal, false)]
    public void Only_requests_and_batches_begin_a_trace(ActivityKind kind, bool expected) => Sampler(ratio: 1).Samples(default, kind).ShouldBe(expected);

    [Theory]
    [InlineData("/metrics", false)]
    [InlineData("/health/ready", false)]
    [InlineData("/api/v1/devices", true)]
    public void What_is_asked_every_second_is_not_traced(string path, bool expected) =>
        Sampler(ratio: 1).Samples(default, ActivityKind.Server, new KeyValuePair<string, object?>("url.path", path)).ShouldBe(expected);

    [Fact]
    public void However_many_ask_for_it_no_more_than_so_many_a_second_are_traced()
    {
        TestedSampler sampler = Sampler(ratio: 1, perSecondMax: 3);
        Enumerable.Range(0, 10).Count(_ => sampler.Samples(Parent(isRemote: true, isRecorded: true), ActivityKind.Server)).ShouldBe(3);
        _clock.Advance(TimeSpan.FromSeconds(0.7));
        Enumerable.Range(0, 10).Count(_ => sampler.Samples(default, ActivityKind.Consumer)).ShouldBe(2);
        _clock.Advance(TimeSpan.FromHours(1));
        Enumerable.Range(0, 10).Count(_ => sampler.Samples(default, ActivityKind.Consumer)).ShouldBe(3, "what was not used does not gather");
        sampler.Samples(Parent(isRemote: false, isRecorded: true), ActivityKind.Internal).ShouldBeTrue("a trace that was begun is not left half-way");
    }

    private TestedSampler Sampler(double ratio, int perSecondMax = 100) => new(new TraceSampler(new OtlpOptions { TraceRatio = ratio, TracesPerSecondMax = perSecondMax }, _clock));

    private static ActivityContext Parent(bool isRemote, bool isRecorded) => new(
        ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), isRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: isRemote);

    private sealed class TestedSampler(TraceSampler sampler)
    {
        public bool Samples(ActivityContext parent, ActivityKind kind, params KeyValuePair<string, object?>[] tags) =>
            sampler.ShouldSample(new SamplingParameters(parent, parent == default ? ActivityTraceId.CreateRandom() : parent.TraceId, "x", kind, tags, null)).Decision == SamplingDecision.RecordAndSample;
    }
}
