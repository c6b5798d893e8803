using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Maintenance;
using StepCloud.Storage.Registry;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>What was overdue on which day, at the edges of the days.</summary>
public sealed class MaintenanceDueTests : StoreTests
{
    private readonly Guid _device = Guid.CreateVersion7();

    private MaintenanceRecords Records => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task A_plan_is_due_on_its_day_and_overdue_from_the_next_one_on()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 30);
        (await OverdueAsync("2026-03-09", "2026-03-10", "2026-03-11")).ShouldBe([(Day("2026-03-11"), plan, Day("2026-03-10"))]);
    }

    [Fact]
    public async Task What_passed_counts_from_its_day_on_and_what_failed_never()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 30);
        await RecordAsync(plan, "2026-03-15");
        await RecordAsync(plan, "2026-04-10", "failed");
        await RecordAsync(plan, "2026-05-01");

        string[] days = ["2026-03-10", "2026-03-11", "2026-03-14", "2026-03-15", "2026-04-14", "2026-04-15", "2026-04-30", "2026-05-01", "2026-05-31", "2026-06-01"];
        (await OverdueAsync(days)).ShouldBe(
        [
            (Day("2026-03-11"), plan, Day("2026-03-10")), (Day("2026-03-14"), plan, Day("2026-03-10")),
            (Day("2026-04-15"), plan, Day("2026-04-14")), (Day("2026-04-30"), plan, Day("2026-04-14")),
            (Day("2026-06-01"), plan, Day("2026-05-31")),
        ]);
    }

    [Fact]
    public async Task What_is_recorded_late_counts_for_the_day_on_which_it_was_done()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 30);
        await RecordAsync(plan, "2026-05-01");
        (await OverdueAsync("2026-04-01")).Length.ShouldBe(1);
        await RecordAsync(plan, "2026-03-10");
        (await OverdueAsync("2026-04-01", "2026-04-09")).ShouldBeEmpty();
        (await OverdueAsync("2026-04-10")).ShouldBe([(Day("2026-04-10"), plan, Day("2026-04-09"))]);
        (await Database.ScalarAsync<DateOnly>("SELECT due_on FROM maintenance_plan WHERE id = $1", plan)).ShouldBe(Day("2026-05-31"));
    }

    [Fact]
    public async Task Before_its_first_due_date_a_plan_does_not_count_whatever_was_done_before()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 7);
        await RecordAsync(plan, "2026-01-01");
        (await OverdueAsync("2026-01-09", "2026-03-09")).ShouldBeEmpty();
        (await OverdueAsync("2026-03-10")).ShouldBe([(Day("2026-03-10"), plan, Day("2026-01-08"))]);
    }

    [Fact]
    public async Task A_plan_of_the_archive_does_not_count_from_the_day_on_which_it_was_put_there()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 30);
        await Database.ExecuteAsync(
            "UPDATE maintenance_plan SET archived_at = '2026-03-20T00:00:00Z', archived_by = 'system', archive_reason = 'Sold.' WHERE id = $1", plan);
        (await OverdueAsync("2026-03-19", "2026-03-20", "2026-03-21")).ShouldBe([(Day("2026-03-19"), plan, Day("2026-03-10"))]);
        await Database.ExecuteAsync("UPDATE maintenance_plan SET archived_at = '2026-03-19T23:59:59.999999Z' WHERE id = $1", plan);
        (await OverdueAsync("2026-03-19")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_several_plans_the_longest_overdue_comes_first_and_another_device_s_not_at_all()
    {
        Guid late = await AddPlanAsync("2026-03-10", everyDays: 30), later = await AddPlanAsync("2026-02-10", everyDays: 30);
        await AddPlanAsync("2026-12-01", everyDays: 30);
        (await OverdueAsync("2026-03-11")).Select(row => row.Plan).ShouldBe([later, late]);
        List<OverduePlan> both = await Installation.Stores.InTransactionAsync(
            session => MaintenanceDue.ListAsync(session, [(Guid.CreateVersion7(), Day("2026-03-11")), (_device, Day("2026-02-11"))], CancellationToken.None), CancellationToken.None);
        both.ShouldHaveSingleItem().ShouldBe(new OverduePlan(_device, Day("2026-02-11"), later, "Calibration", "calibration", Day("2026-02-10")));
    }

    [Fact]
    public async Task Of_many_records_and_many_plans_an_index_finds_the_ones_that_matter()
    {
        Guid plan = await AddPlanAsync("2026-03-10", everyDays: 30);
        await Database.ExecuteAsync(
            """
            INSERT INTO maintenance_plan (id, organization_id, device_id, name, kind, every_days, first_due_on, created_at, updated_at)
            SELECT gen_random_uuid(), p.organization_id, d.id, 'Oil', 'maintenance', 7, '2026-01-01'::date + i % 300, now(), now()
            FROM maintenance_plan AS p CROSS JOIN generate_series(1, 5000) AS i JOIN device AS d ON d.source = 'other' WHERE p.id = $1
            """,
            plan);
        await Database.ExecuteAsync(
            """
            INSERT INTO maintenance_record (id, organization_id, plan_id, performed_on, result, recorded_at, recorded_by)
            SELECT gen_random_uuid(), organization_id, id, '2025-01-01'::date + i, 'passed', now(), 'system' FROM maintenance_plan CROSS JOIN generate_series(1, 4) AS i
            """);
        await Database.ExecuteAsync("ANALYZE maintenance_plan, maintenance_record");
        string plans = string.Join('\n', await Installation.Stores.InTransactionAsync(
            session => session.ListAsync(
                new Sql("SELECT * FROM maintenance_overdue($1, $2)", _device, Day("2026-06-01")).Explained(), row => row.GetString(0), CancellationToken.None),
            CancellationToken.None));
        plans.ShouldContain("maintenance_plan_by_device");
        plans.ShouldContain("maintenance_record_passed");
        plans.ShouldNotContain("Seq Scan");

        RegistryStore registry = new(Installation.Stores, Installation.Clock);
        foreach (string sort in (string[])["due_on", "name"])
        {
            RegistryFilter filter = new() { Organization = Organization.Id, Sort = Entities.MaintenancePlan.Find(sort) };
            string list = string.Join('\n', await registry.ExplainAsync(Entities.MaintenancePlan, filter, 51, CancellationToken.None));
            list.ShouldContain($"maintenance_plan_by_{sort.Split('_')[0]}");
            list.ShouldNotContain("Seq Scan");
            list.ShouldNotContain("Sort");
        }
    }

    private static DateOnly Day(string text) => CalendarDates.Parse(text)!.Value;

    private async Task<(DateOnly On, Guid Plan, DateOnly DueOn)[]> OverdueAsync(params string[] days)
    {
        List<OverduePlan> plans = await Installation.Stores.InTransactionAsync(
            session => MaintenanceDue.ListAsync(session, [.. days.Select(day => (_device, Day(day)))], CancellationToken.None), CancellationToken.None);
        return [.. plans.Select(plan => (plan.On, plan.Plan, plan.DueOn))];
    }

    private async Task RecordAsync(Guid plan, string day, string result = MaintenanceRecords.Passed) =>
        (await Records.AddAsync(
            Organization.Id, new MaintenancePlanId(plan), new NewMaintenanceRecord(Day(day), result, null, null), Doer, answer: null, CancellationToken.None))
        .ShouldBeOfType<MaintenanceOutcome.Recorded>();

    private async Task<Guid> AddPlanAsync(string firstDueOn, int everyDays)
    {
        await Database.ExecuteAsync(
            """
            INSERT INTO device (id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
            SELECT one.id, $1, $2, '01980000-0000-7000-8001-000000000000', one.source, 'x', 'x', 'x', now(), now()
            FROM (VALUES ($3::uuid, 'own'), (gen_random_uuid(), 'other')) AS one (id, source) ON CONFLICT DO NOTHING
            """,
            Organization.Site.Value, Organization.Gateway.Id.Value, _device);
        Dictionary<string, object?> values = new()
        {
            ["device"] = _device, ["name"] = "Calibration", ["kind"] = "calibration", ["every_days"] = (long)everyDays, ["first_due_on"] = Day(firstDueOn),
        };
        RegistryOutcome made = await new RegistryStore(Installation.Stores, Installation.Clock).CreateAsync(
            Entities.MaintenancePlan, null, values, Organization.Id, Doer, answer: null, CancellationToken.None);
        return made.ShouldBeOfType<RegistryOutcome.Done>().Row.Id;
    }
}
