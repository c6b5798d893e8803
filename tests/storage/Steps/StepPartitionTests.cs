using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class StepPartitionTests : StepStoreTests
{
    [Fact]
    public async Task Partitions_stand_ready_from_last_month_to_three_months_ahead()
    {
        await Store.Partitions.EnsureAheadAsync(CancellationToken.None);
        await Store.Partitions.EnsureAheadAsync(CancellationToken.None);

        foreach (string table in new[] { "step_event", "step_series", "step_log" })
            (await PartitionsAsync(table)).ShouldBe([$"{table}_2026_10", $"{table}_2026_11", $"{table}_2026_12", $"{table}_2027_01", $"{table}_2027_02"]);
    }

    [Fact]
    public async Task A_late_step_gets_the_partition_of_its_month()
    {
        StepEvent late = TestSteps.Step(Store.Device, new DateTimeOffset(2015, 1, 1, 0, 0, 0, TimeSpan.Zero));
        StepEvent earliest = late with { Id = StepId.New(late.Started - StepLimits.IdTimeToleranceMax) };

        (await Store.AppendAsync(late, earliest)).ShouldAllBe(outcome => outcome is StepOutcome.Stored);

        (await PartitionsAsync("step_event")).ShouldBe(["step_event_2014_12", "step_event_2015_01"]);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event_2015_01")).ShouldBe(1);
    }

    [Fact]
    public async Task The_first_and_the_last_moment_of_a_month_go_into_it()
    {
        DateTimeOffset first = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        StepEvent[] steps = [TestSteps.Step(Store.Device, first), TestSteps.Step(Store.Device, first.AddMonths(1).AddMilliseconds(-1))];
        StepEvent smallest = steps[0] with { Id = StepId.Floor(first) };

        await Store.AppendAsync([.. steps, smallest]);

        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event_2026_03")).ShouldBe(3);
        (await PartitionsAsync("step_event")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("2014-11-30T23:59:59Z")]
    [InlineData("2031-01-01T00:00:00Z")]
    [InlineData("9999-12-31T00:00:00Z")]
    public async Task A_time_that_nobody_can_believe_makes_no_partition(string time)
    {
        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(TestSteps.Step(Store.Device, DateTimeOffset.Parse(time)), TestSteps.Step(Store.Device, DateTimeOffset.UtcNow));

        outcomes[0].ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.NotStorable);
        (await PartitionsAsync("step_event")).Length.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_partition_that_was_dropped_is_made_again_when_a_step_needs_it()
    {
        await Store.AppendAsync(TestSteps.Step(Store.Device));
        await Database.ExecuteAsync("DROP TABLE step_event_2026_11, step_series_2026_11, step_log_2026_11");

        (await Store.AppendAsync(TestSteps.Step(Store.Device), TestSteps.Step(Store.Device))).ShouldAllBe(outcome => outcome is StepOutcome.Stored);

        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(2);
    }

    [Fact]
    public async Task Processes_that_need_the_same_partition_at_once_make_it_once()
    {
        await using StepStore other = new(Database.ConnectionString);

        IReadOnlyList<StepOutcome>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 24).Select(n =>
            (n % 2 == 0 ? Store : other).AppendAsync(StepStore.NewOrigin(), TestSteps.Step(Store.Device, FakeClock.Start.AddMonths(-n / 2)))));

        outcomes.ShouldAllBe(outcome => outcome[0] is StepOutcome.Stored);
        (await PartitionsAsync("step_log")).Length.ShouldBe(12);
    }

    [Fact]
    public async Task Samples_are_kept_apart_and_not_compressed_again_in_every_partition()
    {
        await Store.AppendAsync(TestSteps.Step(Store.Device), TestSteps.Step(Store.Device, FakeClock.Start.AddYears(-1)));

        (await Database.ScalarAsync<string[]>(
            "SELECT array_agg(DISTINCT attstorage::text) FROM pg_attribute WHERE attname IN ('samples', 'blocks') AND attrelid::regclass::text LIKE 'step_series%'"))
            .ShouldBe(["e"]);
    }

    [Fact]
    public async Task A_devices_newest_steps_are_found_by_index_without_sorting()
    {
        await Store.AppendAsync([.. Enumerable.Range(0, 3000).Select(n => TestSteps.Step(
            DeviceId.New(TimeProvider.System), FakeClock.Start.AddMonths(-(n % 3)), series: []))]);
        await Database.ExecuteAsync("ANALYZE step_event");

        string plan = await Database.ScalarAsync<string>(
            $"EXPLAIN (FORMAT JSON) SELECT id FROM step_event WHERE device_id = '{Store.Device}' ORDER BY id DESC LIMIT 10");

        plan.ShouldNotContain("Seq Scan");
        plan.ShouldNotContain("\"Sort\"");
    }

    private Task<string[]> PartitionsAsync(string table) =>
        Database.ScalarAsync<string[]>(
            "SELECT coalesce(array_agg(inhrelid::regclass::text ORDER BY inhrelid::regclass::text), '{}') FROM pg_inherits WHERE inhparent = $1::regclass",
            table);
}
