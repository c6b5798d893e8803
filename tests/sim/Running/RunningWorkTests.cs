using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Running;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Running;

/// <summary>What a simulated gateway tells of its machines while they run.</summary>
public sealed class RunningWorkTests
{
    private readonly FakeClock _clock = new();
    private readonly RunningWork _work;
    private readonly StepEvent _step;

    public RunningWorkTests()
    {
        _work = new RunningWork(_clock);
        double[] values = [.. Enumerable.Range(0, 100).Select(i => (double)i)];
        _step = new StepDraft("Layer 1", TimeSpan.FromSeconds(10))
            .Timeseries("force", "N", PreferredChart.Line, TimeSpan.Zero, TimeSpan.FromMilliseconds(100), values).Singular("resin", "mL", 3)
            .At(_clock.GetUtcNow(), DeviceId.New(_clock), 1);
    }

    [Fact]
    public void Each_sample_is_told_once_and_when_it_is_there()
    {
        _work.TakeNews().ShouldBeNull();
        _work.Begin(_step);
        _clock.Advance(TimeSpan.FromSeconds(2.5));
        JsonNode first = Tell();
        ((string?)first["step"], (string?)first["device"], (string?)first["state"]).ShouldBe((_step.Id.ToString(), _step.Device.ToString(), "running"));
        ((double)first["progress"]!, (double)first["remaining_s"]!).ShouldBe((0.25, 7.5));
        Values(first).ShouldBe(Enumerable.Range(0, 26).Select(i => (double)i));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Values(Tell()).ShouldBe(Enumerable.Range(26, 10).Select(i => (double)i));
        _work.End(_step);
        _work.TakeNews().ShouldBeNull();
    }

    [Fact]
    public void A_step_that_should_have_ended_is_told_as_done()
    {
        _work.Begin(_step);
        _clock.Advance(TimeSpan.FromSeconds(60));
        JsonNode told = Tell();
        ((double)told["progress"]!, (double)told["remaining_s"]!).ShouldBe((1, 0));
        Values(told).Count().ShouldBe(100);
    }

    private JsonNode Tell() => JsonNode.Parse(_work.TakeNews()!)!.AsArray().ShouldHaveSingleItem()!;

    private static IEnumerable<double> Values(JsonNode element) =>
        element["series"]!.AsArray().ShouldHaveSingleItem()!["values"]!.AsArray().Select(value => (double)value!);
}
