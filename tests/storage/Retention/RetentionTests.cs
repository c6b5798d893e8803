using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Retention;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>What is taken away by an organization's rules, and what is not.</summary>
public sealed class RetentionTests : StoreTests
{
    private readonly FakeClock _clock = new();

    private RetentionRules Rules => new(Installation.Stores, _clock);

    private LegalHolds Holds => new(Installation.Stores, _clock);

    private RetentionRun Run => RunBy(_clock);

    /// <summary>By the real clock, which has pauses that end.</summary>
    private RetentionRun RunNow => RunBy(TimeProvider.System);

    private StepOrigin Origin => new(Organization.Id, Organization.Site, Organization.Gateway.Id);

    [Fact]
    public async Task Without_rules_everything_stays()
    {
        await using StepStore store = new(Database.ConnectionString);
        await AppendAsync(store, Step(store.Device, 100));
        (await Run.PreviewAsync(null, null, CancellationToken.None)).ShouldBeEmpty();
        (await Run.RunAsync(null, CancellationToken.None)).Taken.ShouldBeEmpty();
        (await VerifyAsync()).ShouldBe((1, 0, 0));
    }

    [Fact]
    public async Task Samples_go_after_their_months_and_what_is_known_of_them_stays()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent[] steps = [.. new[] { 0, 5, 6, 8, 20 }.Select(months => Step(store.Device, months))];
        await AppendAsync(store, steps);
        Dictionary<StepId, List<SeriesAggregates>> before = await AggregatesAsync(steps);
        DeviceHead? head = await HeadAsync(store.Device);
        await RuleAsync(seriesMonths: 6);

        IReadOnlyList<TakenSteps> preview = await Run.PreviewAsync(null, null, CancellationToken.None);
        IReadOnlyList<TakenSteps> taken = (await Run.RunAsync(null, CancellationToken.None)).Taken;

        preview.ShouldBe(taken);
        // May of six months ago has ended less than six months ago.
        taken.Select(of => (of.Month, of.Thinned, of.Dropped)).ShouldBe([("2025-03", 1, 0), ("2026-03", 1, 0)]);
        foreach (StepEvent step in steps)
        {
            WholeStep whole = (await new StepQueries(Installation.Stores).FindAsync(Organization.Id, step.Id, CancellationToken.None)).ShouldNotBeNull();
            bool isThinned = step == steps[3] || step == steps[4];
            whole.Series.Select(series => series.IsThinned).ShouldAllBe(thinned => thinned == isThinned);
            whole.Series[0].Values.ShouldBe(isThinned ? [] : step.Series[0].Values);
            whole.Step.ContentHash.ShouldBe(ContentHash.Of(step));
            whole.Logs[0].Lines.ShouldBe(step.Logs[0].Lines);
        }

        (await AggregatesAsync(steps)).SelectMany(pair => pair.Value).ShouldBe(before.SelectMany(pair => pair.Value));
        (await HeadAsync(store.Device)).ShouldNotBeNull().Changes.ShouldNotBe(head!.Changes);
        (await VerifyAsync()).ShouldBe((5, 2, 0));
        (await Run.RunAsync(null, CancellationToken.None)).Taken.ShouldBeEmpty();
        (await EntriesAsync(AuditActions.StepsThinned)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Steps_go_after_their_years_with_all_that_is_theirs_and_nobody_elses_do()
    {
        TestOrganization other = await Installation.AddOrganizationAsync();
        await using StepStore store = new(Database.ConnectionString);
        DeviceId foreign = DeviceId.New(TimeProvider.System);
        StepEvent old = Step(store.Device, 30), settings = Step(store.Device, 30) with { Kind = StepKind.SettingsChanged, Series = [], Logs = [] };
        await AppendAsync(store, old, settings);
        StepEvent theirs = Step(foreign, 30);
        await store.AppendAsync(new StepOrigin(other.Id, other.Site, other.Gateway.Id), theirs);
        await RuleAsync(stepsYears: 2);

        IReadOnlyList<TakenSteps> taken = (await Run.RunAsync(null, CancellationToken.None)).Taken;

        taken.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            of => (of.Organization, of.Month, of.Thinned, of.Dropped).ShouldBe((Organization.Id, "2024-05", 0, 1)),
            of => of.DroppedSha256.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. old.Id.Value.ToByteArray(true), .. ContentHash.Of(old)]))));
        (await IdsAsync()).ShouldBe([settings.Id, theirs.Id], ignoreOrder: true);
        (await VerifyAsync()).ShouldBe((2, 0, 0));
        foreach (string table in (string[])["step_series", "step_log"])
            (await Database.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE step_id = '{old.Id}'")).ShouldBe(0);
        (await HeadAsync(store.Device)).ShouldNotBeNull().Newest.ShouldBe(settings.Id);
        (await EntriesAsync(AuditActions.StepsDropped)).ShouldHaveSingleItem().ShouldContain(taken[0].DroppedSha256);

        // The month is as it was: it takes what comes late, and has the indices of the others.
        await AppendAsync(store, Step(store.Device, 30));
        (await IdsAsync()).Count.ShouldBe(3);
        (await Database.ScalarAsync<bool>(
            """
            SELECT count(DISTINCT indices) = 1 FROM (
                SELECT relid, count(*) AS indices FROM pg_partition_tree('step_event') JOIN pg_index ON indrelid = relid WHERE isleaf GROUP BY relid) AS each
            """)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_device_that_has_lost_all_its_steps_has_no_head()
    {
        await using StepStore store = new(Database.ConnectionString);
        await AppendAsync(store, Step(store.Device, 30));
        await RuleAsync(stepsYears: 2);
        await Run.RunAsync(null, CancellationToken.None);
        (await HeadAsync(store.Device)).ShouldBeNull();
    }

    [Theory]
    [InlineData("device")]
    [InlineData("job")]
    [InlineData("organization")]
    public async Task What_is_held_stays_until_it_is_released(string what)
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent held = Step(store.Device, 30) with { Job = "K-7" }, free = Step(DeviceId.New(TimeProvider.System), 30) with { Job = "K-8" };
        await AppendAsync(store, held, free);
        await RuleAsync(stepsYears: 1);
        LegalHold hold = (await Holds.PlaceAsync(
            Organization.Id, what == "device" ? store.Device : null, what == "job" ? "K-7" : null, "a complaint", Doer, CancellationToken.None)).ShouldNotBeNull();

        await Run.RunAsync(null, CancellationToken.None);
        (await IdsAsync()).ShouldBe(what == "organization" ? [held.Id, free.Id] : [held.Id], ignoreOrder: true);

        (await Holds.ReleaseAsync(Organization.Id, hold.Id, "settled", Doer, CancellationToken.None)).ShouldNotBeNull().ReleasedAt.ShouldBe(_clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromDays(8));
        await Run.RunAsync(null, CancellationToken.None);
        (await IdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_comes_while_its_month_is_written_anew_is_kept_and_nobody_sees_less_than_what_stays()
    {
        await using StepStore store = new(Database.ConnectionString, options => options.StepWriters = 4);
        DeviceId keeping = DeviceId.New(TimeProvider.System);
        await AppendAsync(store, [.. Enumerable.Range(0, 300).Select(_ => Step(store.Device, 30))]);
        StepEvent[] staying = [.. Enumerable.Range(0, 50).Select(_ => Step(keeping, 30))];
        await AppendAsync(store, staying);
        await Holds.PlaceAsync(Organization.Id, keeping, null, "they stay", Doer, CancellationToken.None);
        await RuleAsync(stepsYears: 1);
        using CancellationTokenSource stop = new();
        List<StepId> late = [];
        Task sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                StepEvent step = Step(keeping, 30);
                await AppendAsync(store, step);
                late.Add(step.Id);
            }
        });
        Task watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                (await Database.ScalarAsync<long>($"SELECT count(*) FROM step_event AS e JOIN step_series AS s ON s.step_id = e.id WHERE e.device_id = '{keeping}'")).ShouldBeGreaterThanOrEqualTo(staying.Length);
        });
        await Eventually.HoldsAsync(() => late.Count > 5, "steps come late");

        (await RunNow.RunAsync(null, CancellationToken.None)).Taken.ShouldHaveSingleItem().Dropped.ShouldBe(300);

        int atEnd = late.Count;
        await Eventually.HoldsAsync(() => late.Count > atEnd + 5, "steps go on coming");
        await stop.CancelAsync();
        await Task.WhenAll(sending, watching);
        (await IdsAsync()).ShouldBe([.. staying.Select(step => step.Id), .. late], ignoreOrder: true);
        (await VerifyAsync()).ShouldBe((staying.Length + late.Count, 0, 0));
    }

    [Fact]
    public async Task Whoever_reads_for_long_is_not_in_the_way_of_others_and_a_hold_that_comes_meanwhile_counts()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent step = Step(store.Device, 30);
        await AppendAsync(store, step);
        await RuleAsync(stepsYears: 1);
        await using NpgsqlConnection reader = await Database.Source.OpenConnectionAsync();
        await using NpgsqlTransaction reading = await reader.BeginTransactionAsync();
        await using (NpgsqlCommand read = new("SELECT count(*) FROM step_event", reader)) await read.ExecuteScalarAsync();

        Task<RetentionResult> run = RunNow.RunAsync(null, CancellationToken.None);
        await Eventually.HoldsAsync(
            async () => await Database.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%ACCESS EXCLUSIVE%' AND wait_event_type = 'Lock'") > 0,
            "the exchange waits for the reader");
        await AppendAsync(store, Step(store.Device, 0));
        await Holds.PlaceAsync(Organization.Id, null, null, "an inspection", Doer, CancellationToken.None);
        await reading.RollbackAsync();

        (await run).ShouldSatisfyAllConditions(result => result.Taken.ShouldBeEmpty(), result => result.Postponed.ShouldBe(["2024-05"]));
        (await IdsAsync()).ShouldContain(step.Id);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_next'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_rule_is_of_its_kind_and_its_change_is_in_the_audit()
    {
        await RuleAsync(seriesMonths: 12, stepsYears: 15);
        (await Rules.FindAsync(Organization.Id, CancellationToken.None)).ShouldBe(
            [new RetentionRule(StepKind.TaskPerformed, 12, 15), new RetentionRule(StepKind.SettingsChanged, null, null)]);
        await RuleAsync(seriesMonths: 12, stepsYears: 15);
        (await EntriesAsync(AuditActions.RetentionChanged)).ShouldHaveSingleItem().ShouldContain("\"steps_years\":15");
    }

    [Fact]
    public async Task What_came_late_is_kept_for_as_long_from_then()
    {
        await using StepStore store = new(Database.ConnectionString);
        await store.AppendAsync(Origin, Step(store.Device, 130));
        await RuleAsync(seriesMonths: 1, stepsYears: 1);
        (await Run.RunAsync(null, CancellationToken.None)).Taken.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromDays(400));
        (await Run.RunAsync(null, CancellationToken.None)).Taken.ShouldHaveSingleItem().Dropped.ShouldBe(1);
    }

    [Fact]
    public async Task A_place_that_a_dropped_step_has_left_hides_no_other()
    {
        await using StepStore store = new(Database.ConnectionString);
        StepEvent thinned = Step(store.Device, 30), held = Step(DeviceId.New(TimeProvider.System), 30);
        await AppendAsync(store, thinned, held);
        await Holds.PlaceAsync(Organization.Id, held.Device, null, "a complaint", Doer, CancellationToken.None);
        await RuleAsync(seriesMonths: 6);
        await Run.RunAsync(null, CancellationToken.None);
        (await VerifyAsync()).ShouldBe((2, 1, 0));
        await RuleAsync(seriesMonths: 6, stepsYears: 2);
        _clock.Advance(TimeSpan.FromDays(8));
        (await Run.RunAsync(null, CancellationToken.None)).Taken.ShouldHaveSingleItem().DroppedThinned.ShouldBe(1);

        await Database.ExecuteAsync($"UPDATE step_series SET samples = NULL WHERE step_id = '{held.Id}'");

        (await VerifyAsync()).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Samples_that_somebody_took_away_are_no_retention()
    {
        await using StepStore store = new(Database.ConnectionString);
        await AppendAsync(store, Step(store.Device, 20), Step(store.Device, 20));
        await Database.ExecuteAsync("UPDATE step_series SET samples = NULL");
        (await VerifyAsync()).ShouldBe((2, 2, 2));
    }

    [Fact]
    public async Task What_the_audit_tells_of_one_gateway_s_steps_covers_no_other_s_when_they_are_looked_at_together()
    {
        await using StepStore store = new(Database.ConnectionString);
        GatewayRecord other = await Installation.AddGatewayAsync(Organization.Id, Organization.Site);
        StepEvent thinned = Step(store.Device, 20), hidden = Step(DeviceId.New(TimeProvider.System), 20);
        await AppendAsync(store, thinned);
        await RuleAsync(seriesMonths: 6);
        await Run.RunAsync(null, CancellationToken.None);
        (await store.AppendAsync(Origin with { Gateway = other.Id }, [hidden])).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        await Database.ExecuteAsync("UPDATE step_event SET label = 'other' WHERE id = $1", hidden.Id.Value);
        await Database.ExecuteAsync("UPDATE step_series SET samples = NULL WHERE step_id = $1", hidden.Id.Value);

        StepVerification verification = new(Installation.Stores);
        (await FaultsAsync(other.Id, verification.CountThinned())).ShouldBe([null], "alone it finds the room that the other one's step has taken");
        ThinnedSteps together = verification.CountThinned();
        (await FaultsAsync(Organization.Gateway.Id, together)).ShouldBe([null]);
        (await FaultsAsync(other.Id, together)).ShouldHaveSingleItem().ShouldNotBeNull().ShouldContain("the audit tells of no such retention");

        async Task<List<string?>> FaultsAsync(GatewayId gateway, ThinnedSteps count)
        {
            List<string?> faults = [];
            await foreach (VerifiedStep step in verification.VerifyByGatewayAsync(gateway, count, CancellationToken.None)) faults.Add(step.Fault);
            return faults;
        }
    }

    private RetentionRun RunBy(TimeProvider clock) => new(
        Installation.Stores, new StepPartitions(Installation.Stores, clock, NullLogger<StepPartitions>.Instance), clock, NullLogger<RetentionRun>.Instance);

    private static StepEvent Step(DeviceId device, int monthsAgo) => TestSteps.Step(
        device, FakeClock.Start.AddMonths(-monthsAgo), series: [TestSteps.Series("force", 1.25, -7, 3.5), TestSteps.Singular("resin_used", 2)], logs: [TestSteps.Log("one")]);

    private Task RuleAsync(int? seriesMonths = null, int? stepsYears = null) =>
        Rules.ReplaceAsync(Organization.Id, [new RetentionRule(StepKind.TaskPerformed, seriesMonths, stepsYears)], Doer, CancellationToken.None);

    /// <summary>They were received when they ended.</summary>
    private async Task AppendAsync(StepStore store, params StepEvent[] steps)
    {
        (await store.AppendAsync(Origin, steps)).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        await Database.ExecuteAsync("UPDATE step_event SET received = ended WHERE id = ANY ($1)", steps.Select(step => step.Id.Value).ToArray());
    }

    private async Task<(long Steps, long Thinned, long Broken)> VerifyAsync()
    {
        StepsVerdict verdict = await new StepVerification(Installation.Stores)
            .VerifyAsync(null, new Progress<long>(), CancellationToken.None);
        return (verdict.Steps, verdict.Thinned, verdict.BrokenCount);
    }

    private async Task<Dictionary<StepId, List<SeriesAggregates>>> AggregatesAsync(IEnumerable<StepEvent> steps)
    {
        Dictionary<StepId, List<SeriesAggregates>> all = [];
        foreach (StepEvent step in steps) all[step.Id] = await new SeriesQueries(Installation.Stores).ListByStepAsync(step.Id, CancellationToken.None);
        return all;
    }

    private Task<DeviceHead?> HeadAsync(DeviceId device) => new DeviceHeads(Installation.Stores, Installation.Clock).FindAsync(device, CancellationToken.None);

    private Task<List<StepId>> IdsAsync() => Installation.Stores.ListAsync(new Sql("SELECT id FROM step_event"), row => new StepId(row.GetGuid(0)), CancellationToken.None);

    private Task<List<string>> EntriesAsync(string action) => Installation.Stores.ListAsync(
        new Sql("SELECT new_values::text FROM audit_entry WHERE action = $1 AND chain_id = $2", action, Organization.Id.Value), row => row.GetString(0), CancellationToken.None);
}
