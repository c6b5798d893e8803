using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Steps that come many at a time are stored by COPY, and nobody can tell.</summary>
public sealed class StepCopyTests : StepStoreTests
{
    private const int Many = 2 * StepCopy.StepsMin;

    [Fact]
    public async Task What_is_stored_many_at_once_is_what_is_stored_one_by_one()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, Many).Select(Unusual)];
        await using TestDatabase otherDatabase = await TestPostgres.CreateDatabaseAsync();
        await using StepStore other = new(otherDatabase.ConnectionString);

        (await Store.AppendAsync(steps)).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        foreach (StepEvent step in steps) await other.AppendAsync(Store.Origin, step);

        (await LastStatementsAsync(Database)).ShouldContain("COMMIT");
        (await LastStatementsAsync(otherDatabase)).ShouldNotContain("COMMIT");
        (await RowsAsync(Database)).ShouldBe(await RowsAsync(otherDatabase));
    }

    [Fact]
    public async Task Positions_ascend_in_the_order_of_the_steps_and_the_newest_is_at_the_head_of_its_device()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, Many).Select(n => TestSteps.Step(Store.Device, FakeClock.Start.AddMinutes(n % 7 == 3 ? 300 : n)))];
        long[] positions = [.. (await Store.AppendAsync(steps)).Select(outcome => outcome.ShouldBeOfType<StepOutcome.Stored>().Position)];

        positions.ShouldBeInOrder();
        (await Database.ScalarAsync<long[]>("SELECT array_agg(position ORDER BY position) FROM step_event")).ShouldBe(positions);
        (await Database.ScalarAsync<Guid>("SELECT step_id FROM device_head WHERE device_id = $1", Store.Device.Value)).ShouldBe(steps.Max(step => step.Id.Value));

        await Store.AppendAsync([.. Enumerable.Range(0, Many).Select(n => TestSteps.Step(Store.Device, FakeClock.Start.AddDays(-1)))]);
        (await Database.ScalarAsync<Guid>("SELECT step_id FROM device_head WHERE device_id = $1", Store.Device.Value)).ShouldBe(steps.Max(step => step.Id.Value));
    }

    [Fact]
    public async Task What_is_known_already_is_told_apart_and_the_others_are_stored()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, Many).Select(_ => TestSteps.Step(Store.Device))];
        await Store.AppendAsync(steps[..10]);
        StepEvent[] again = [.. steps.Select((step, n) => n == 3 ? step with { Label = "another" } : step)];

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(again);

        outcomes[3].ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.IdReusedWithOtherContent);
        outcomes.Take(10).Count(outcome => outcome is StepOutcome.AlreadyStored).ShouldBe(9);
        outcomes.Skip(10).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(Many);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_series")).ShouldBe(Many);

        // And on the same connection after that.
        (await Store.AppendAsync([.. Enumerable.Range(0, Many).Select(_ => TestSteps.Step(Store.Device))])).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        (await Store.AppendAsync(steps[10..])).ShouldAllBe(outcome => outcome is StepOutcome.AlreadyStored);
    }

    [Theory]
    [InlineData("{\"a\":1e200000}", "A number of the step is too big to be stored.")]
    [InlineData("{\"a\":\"\\u0000\"}", "A text of the step holds a character that cannot be stored (U+0000).")]
    [InlineData("not JSON", "The settings are not valid JSON.")]
    public async Task Settings_that_nobody_could_search_are_refused_as_ever(string settings, string reason)
    {
        StepEvent[] steps = [.. Enumerable.Range(0, Many).Select(_ => TestSteps.Step(Store.Device))];
        steps[7] = steps[7] with { Settings = settings };

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(steps);

        outcomes[7].ShouldBeOfType<StepOutcome.Refused>().Refusal.ShouldBe(new Refusal(RefusalCode.NotStorable, reason));
        outcomes.Count(outcome => outcome is StepOutcome.Stored).ShouldBe(Many - 1);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(Many - 1);
    }

    [Fact]
    public async Task A_month_that_was_dropped_is_made_anew()
    {
        await Store.AppendAsync([.. Enumerable.Range(0, Many).Select(_ => TestSteps.Step(Store.Device))]);
        foreach (string table in (string[])["step_event", "step_series", "step_log"]) await Database.ExecuteAsync($"DROP TABLE {table}_2026_11");

        (await Store.AppendAsync([.. Enumerable.Range(0, Many).Select(_ => TestSteps.Step(Store.Device))])).ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(Many);
    }

    /// <summary>Each lacks or has something that the one before does not.</summary>
    private StepEvent Unusual(int n)
    {
        double[] values = [.. Enumerable.Range(0, n % 5 == 0 ? 2500 : n % 7).Select(i => n % 3 == 0 ? Math.Sqrt(i) : i / 100.0), -0.0];
        StepEvent step = TestSteps.Step(
            n % 4 == 0 ? Store.Device : DeviceId.New(TimeProvider.System), FakeClock.Start.AddMilliseconds(n), label: n % 6 == 0 ? "" : $"Schicht {n} \"ü\" 🙂",
            settings: n % 2 == 0 ? "{}" : $"{{\"exposure_s\": {n}.50, \"list\":[1,null,true,\"ä\"]}}",
            series: n % 8 == 7 ? [] : [TestSteps.Series("a", values), TestSteps.Singular("b", double.Epsilon * n)],
            logs: n % 3 == 1 ? [TestSteps.Log(), TestSteps.Log("a \"quoted\" line", "back\\slash", "", "NULL", "{,}", "\t🙂")] : []);
        return step with
        {
            Ended = step.Started.AddHours(n % 4),
            Kind = n % 9 == 0 ? StepKind.SettingsChanged : StepKind.TaskPerformed,
            Outcome = n % 4 == 3 ? null : (StepResult)((n % 3) + 1),
            Job = n % 5 == 2 ? $"K-{n}" : null,
            Sequence = n % 2 == 1 ? n : null,
        };
    }

    /// <summary>All that does not depend on when it was stored.</summary>
    private static async Task<string[]> RowsAsync(TestDatabase database) =>
    [
        .. await database.ScalarAsync<string[]>("SELECT array_agg((to_jsonb(e) - 'position' - 'received' || jsonb_build_object('settings', e.settings::text))::text ORDER BY id) FROM step_event AS e"),
        .. await database.ScalarAsync<string[]>("SELECT array_agg(to_jsonb(s)::text ORDER BY step_id, ordinal) FROM step_series AS s"),
        .. await database.ScalarAsync<string[]>("SELECT array_agg(to_jsonb(l)::text ORDER BY step_id, ordinal) FROM step_log AS l"),
        .. await database.ScalarAsync<string[]>("SELECT array_agg((to_jsonb(h) - 'received' - 'changes')::text ORDER BY device_id) FROM device_head AS h"),
    ];

    private static async Task<string[]> LastStatementsAsync(TestDatabase database) => await database.ScalarAsync<string[]>(
        "SELECT array_agg(query) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
}
