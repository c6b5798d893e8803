using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class QueryTests : StoreTests
{
    private StepQueries Steps => new(Installation.Stores);

    private StepTimeline Timeline => new(Installation.Stores);

    [Fact]
    public async Task A_devices_steps_come_newest_first_in_pages_over_the_months()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent[] steps = [.. Enumerable.Range(0, 40).Select(n => TestSteps.Step(store.Device, FakeClock.Start.AddDays(-5 * n), label: $"{n}"))];
        await AppendAsync(store, [.. steps.Reverse()]);
        await AppendAsync(store, TestSteps.Step(DeviceId.New(TimeProvider.System)));

        List<StepRow> rows = [];
        StepId? before = null;
        while (await Timeline.ListAsync(new StepFilter(Organization.Id) { Device = store.Device }, before, 7, CancellationToken.None) is { Count: > 0 } page)
        {
            rows.AddRange((await Timeline.FindAsync(Organization.Id, page, CancellationToken.None)).OrderBy(row => page.IndexOf(row.Id)));
            before = page[^1];
        }

        rows.Select(row => row.Id).ShouldBe(steps.Select(step => step.Id));
        rows[3].ShouldSatisfyAllConditions(
            row => (row.Device, row.Gateway, row.Kind, row.Label).ShouldBe((store.Device, Organization.Gateway.Id, StepKind.TaskPerformed, "3")),
            row => (row.Started, row.Ended).ShouldBe((steps[3].Started, steps[3].Ended)),
            row => (row.SeriesCount, row.SampleCount, row.LogCount).ShouldBe((1, 2, 0)));
    }

    [Fact]
    public async Task A_whole_step_comes_back_as_it_was_sent()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent step = TestSteps.Step(
            store.Device,
            settings: "{\"speed\":5}",
            series: [TestSteps.Series("b", 1, -0.0, double.Epsilon), TestSteps.Singular("a", 12.5), new StepSeries("empty", "", SeriesKind.Timeseries, PreferredChart.Scatter, [], [])],
            logs: [TestSteps.Log("one", "two"), new StepLog(LogKind.Error, "", [])]);
        await AppendAsync(store, step);

        WholeStep whole = (await Steps.FindAsync(Organization.Id, step.Id, CancellationToken.None)).ShouldNotBeNull();

        whole.Step.SettingsJson.ShouldBe("{\"speed\":5}");
        whole.Step.SampleCount.ShouldBe(4);
        whole.Series.Select(series => (series.Name, series.Unit, series.Kind, series.Chart))
            .ShouldBe(step.Series.Select(series => (series.Name, series.Unit, series.Kind, series.Chart)));
        foreach ((StepSeries stored, StepSeries sent) in whole.Series.Zip(step.Series))
        {
            stored.TimesMicroseconds.ShouldBe(sent.TimesMicroseconds);
            stored.Values.Select(BitConverter.DoubleToInt64Bits).ShouldBe(sent.Values.Select(BitConverter.DoubleToInt64Bits));
        }

        whole.Logs.Select(log => (log.Kind, log.Label)).ShouldBe(step.Logs.Select(log => (log.Kind, log.Label)));
        whole.Logs[0].Lines.ShouldBe(["one", "two"]);
        whole.Logs[1].Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_organization_finds_nothing()
    {
        TestOrganization stranger = await Installation.AddOrganizationAsync();
        await using StepStore store = new(Database.ConnectionString);
        StepEvent step = TestSteps.Step(store.Device);
        await AppendAsync(store, step);

        (await Steps.FindAsync(stranger.Id, step.Id, CancellationToken.None)).ShouldBeNull();
        (await Timeline.ListAsync(new StepFilter(stranger.Id) { Device = store.Device }, null, 10, CancellationToken.None)).ShouldBeEmpty();
    }

    private async Task AppendAsync(StepStore store, params StepEvent[] steps)
    {
        StepOrigin origin = new(Organization.Id, Organization.Site, Organization.Gateway.Id);
        (await store.AppendAsync(origin, steps)).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
    }
}
