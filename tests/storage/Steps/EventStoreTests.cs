using System.Diagnostics;
using Npgsql;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Series;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class EventStoreTests : StepStoreTests
{
    [Fact]
    public async Task A_step_is_in_the_database_when_the_append_completes()
    {
        StepEvent step = TestSteps.Step(Store.Device, logs: [TestSteps.Log("a \"quoted\" line", "back\\slash", "", "NULL", "{,}", "ümläut 🙂")]);

        (await Store.AppendAsync(step)).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>().Position.ShouldBeGreaterThan(0);

        (await CountAsync("step_event")).ShouldBe(1);
        (await Database.ScalarAsync<int>("SELECT sample_count FROM step_event WHERE id = $1", step.Id.Value)).ShouldBe(2);
        (await Database.ScalarAsync<string[]>("SELECT lines FROM step_log WHERE step_id = $1", step.Id.Value)).ShouldBe(step.Logs[0].Lines);
    }

    [Fact]
    public async Task Values_are_stored_bit_for_bit()
    {
        double[] values =
        [
            -0.0, 0.0, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 0.1 + 0.2, Math.PI, 6.96e-07,
            BitConverter.Int64BitsToDouble(0x000F_FFFF_FFFF_FFFF), BitConverter.Int64BitsToDouble(0x0010_0000_0000_0000),
        ];
        StepEvent step = TestSteps.Step(Store.Device, series: [TestSteps.Series("a", values), TestSteps.Singular("b", -0.0), TestSteps.Series("c", values)]);

        await Store.AppendAsync(step);

        foreach (int ordinal in new[] { 0, 2 })
        {
            (long[] times, double[] stored) = await SamplesAsync(step, ordinal, values.Length);
            stored.Select(BitConverter.DoubleToInt64Bits).ShouldBe(values.Select(BitConverter.DoubleToInt64Bits));
            times.ShouldBe(step.Series[0].TimesMicroseconds);
        }

        (await SamplesAsync(step, 1, 1)).Times.ShouldBeEmpty();
        BitConverter.DoubleToInt64Bits(await Database.ScalarAsync<double>("SELECT last_value FROM step_series WHERE step_id = $1 AND ordinal = 1", step.Id.Value))
            .ShouldBe(BitConverter.DoubleToInt64Bits(-0.0));
    }

    private async Task<(long[] Times, double[] Values)> SamplesAsync(StepEvent step, int ordinal, int count) => SeriesCodec.Decode(
        await Database.ScalarAsync<byte[]>("SELECT samples FROM step_series WHERE step_id = $1 AND ordinal = $2", step.Id.Value, ordinal), count);

    [Fact]
    public async Task An_identical_resend_is_stored_once()
    {
        StepEvent step = TestSteps.Step(Store.Device);
        await Store.AppendAsync(step);

        (await Store.AppendAsync(step)).ShouldBe([StepOutcome.AlreadyStored.Instance]);

        (await CountAsync("step_event")).ShouldBe(1);
        (await CountAsync("step_series")).ShouldBe(1);
        Store.Metrics.Read().ShouldSatisfyAllConditions(figures => figures.StepsStored.ShouldBe(1), figures => figures.Duplicates.ShouldBe(1));
    }

    public static TheoryData<string> Differences() => ["label", "settings", "value", "sign of zero", "time", "unit", "log", "device", "further series"];

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task The_same_id_with_other_content_is_refused_and_changes_nothing(string difference)
    {
        StepEvent step = TestSteps.Step(Store.Device, series: [TestSteps.Series("a", 0.0, 1.0)], logs: [TestSteps.Log("line")]);
        StepSeries series = step.Series[0];
        StepEvent other = difference switch
        {
            "label" => step with { Label = "other" },
            "settings" => step with { Settings = "{\"a\":1}" },
            "value" => step with { Series = [series with { Values = [0.0, 2.0] }] },
            "sign of zero" => step with { Series = [series with { Values = [-0.0, 1.0] }] },
            "time" => step with { Ended = step.Ended.AddMicroseconds(1) },
            "unit" => step with { Series = [series with { Unit = "cm" }] },
            "log" => step with { Logs = [TestSteps.Log("line", "")] },
            "device" => step with { Device = DeviceId.New(TimeProvider.System) },
            "further series" => step with { Series = [series, TestSteps.Series("b", 1.0)] },
            _ => throw new UnreachableException(),
        };
        await Store.AppendAsync(step);

        RefusalOf((await Store.AppendAsync(other)).ShouldHaveSingleItem()).Code.ShouldBe(RefusalCode.IdReusedWithOtherContent);

        (await CountAsync("step_event")).ShouldBe(1);
        (await CountAsync("step_series")).ShouldBe(1);
        (await Store.AppendAsync(step)).ShouldBe([StepOutcome.AlreadyStored.Instance]);
    }

    [Fact]
    public async Task Within_one_append_a_repeated_step_is_stored_once_and_another_under_its_id_is_refused()
    {
        StepEvent step = TestSteps.Step(Store.Device);
        StepEvent second = TestSteps.Step(Store.Device);

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(step, step, step with { Label = "other" }, second);

        outcomes[0].ShouldBeOfType<StepOutcome.Stored>();
        outcomes[1].ShouldBe(StepOutcome.AlreadyStored.Instance);
        RefusalOf(outcomes[2]).Code.ShouldBe(RefusalCode.IdReusedWithOtherContent);
        outcomes[3].ShouldBeOfType<StepOutcome.Stored>();
        (await CountAsync("step_event")).ShouldBe(2);
    }

    [Fact]
    public async Task A_poison_step_is_refused_alone_with_a_reason_a_person_can_read()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, 100).Select(_ => TestSteps.Step(Store.Device))];
        steps[37] = steps[37] with { Settings = "{\"a\":\"\\u0000\"}" };
        steps[80] = steps[80] with { Settings = "not JSON" };

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(steps);

        outcomes.Count(outcome => outcome is StepOutcome.Stored).ShouldBe(98);
        RefusalOf(outcomes[37]).ShouldBe(new Refusal(RefusalCode.NotStorable, "A text of the step holds a character that cannot be stored (U+0000)."));
        RefusalOf(outcomes[80]).ShouldBe(new Refusal(RefusalCode.NotStorable, "The settings are not valid JSON."));
        (await CountAsync("step_event")).ShouldBe(98);
        Positions(outcomes).ShouldBeInOrder();
    }

    [Fact]
    public async Task After_a_poison_step_the_good_one_under_the_same_id_is_stored()
    {
        StepEvent good = TestSteps.Step(Store.Device);
        StepEvent poison = good with { Settings = "not JSON" };

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync(poison, poison, good);

        RefusalOf(outcomes[0]).Code.ShouldBe(RefusalCode.NotStorable);
        RefusalOf(outcomes[1]).Code.ShouldBe(RefusalCode.NotStorable);
        outcomes[2].ShouldBeOfType<StepOutcome.Stored>();
    }

    [Theory]
    [InlineData(0x0000)]
    [InlineData(0xD83D)]
    [InlineData(0xDE42)]
    public async Task Text_that_the_database_cannot_hold_is_refused_wherever_it_stands(int codeUnit)
    {
        string text = $"a{(char)codeUnit}b";
        StepEvent good = TestSteps.Step(Store.Device);
        StepEvent[] bad =
        [
            TestSteps.Step(Store.Device, label: text),
            TestSteps.Step(Store.Device, settings: text),
            TestSteps.Step(Store.Device, series: [TestSteps.Series(text, 1)]),
            TestSteps.Step(Store.Device, series: [TestSteps.Series("a", 1) with { Unit = text }]),
            TestSteps.Step(Store.Device, logs: [TestSteps.Log("fine", text)]),
            TestSteps.Step(Store.Device, logs: [TestSteps.Log() with { Label = text }]),
        ];

        IReadOnlyList<StepOutcome> outcomes = await Store.AppendAsync([.. bad, good]);

        outcomes.Take(bad.Length).ShouldAllBe(outcome => RefusalOf(outcome).Code == RefusalCode.NotStorable);
        outcomes[^1].ShouldBeOfType<StepOutcome.Stored>();
    }

    [Fact]
    public async Task A_commit_that_fails_after_its_rows_came_back_is_not_acknowledged()
    {
        // A deferred trigger runs at the commit, when the statement has returned its rows already.
        await Database.ExecuteAsync("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE integrity_constraint_violation; END $$");
        await Store.Partitions.EnsureAheadAsync(CancellationToken.None);
        await Database.ExecuteAsync(
            "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON step_event_2026_11 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()");

        StepEvent[] steps = [.. Enumerable.Range(0, 300).Select(_ => TestSteps.Step(Store.Device))];

        (await Store.AppendAsync(steps)).ShouldAllBe(outcome => outcome is StepOutcome.Refused);
        (await CountAsync("step_event")).ShouldBe(0);
    }

    [Fact]
    public async Task Appends_that_come_together_share_commits()
    {
        // While the table is locked the first commits cannot end; what comes meanwhile has to gather.
        await Store.Partitions.EnsureAheadAsync(CancellationToken.None);
        await using NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
        await using NpgsqlTransaction locking = await connection.BeginTransactionAsync();
        await using NpgsqlCommand lockTable = new("LOCK TABLE step_event IN SHARE MODE", connection);
        await lockTable.ExecuteNonQueryAsync();
        Task<IReadOnlyList<StepOutcome>>[] appends =
            [.. Enumerable.Range(0, 500).Select(_ => Store.AppendAsync(StepStore.NewOrigin(), TestSteps.Step(Store.Device)))];
        await locking.CommitAsync();
        IReadOnlyList<StepOutcome>[] outcomes = await Task.WhenAll(appends);

        outcomes.ShouldAllBe(outcome => outcome[0] is StepOutcome.Stored);
        EventStoreFigures figures = Store.Metrics.Read();
        figures.StepsStored.ShouldBe(500);
        figures.Commits.ShouldBeLessThan(10);
        figures.CommitMedian.ShouldBeGreaterThan(TimeSpan.Zero);
        figures.Commit99.ShouldBeGreaterThanOrEqualTo(figures.CommitMedian);
    }

    [Fact]
    public async Task Positions_of_a_devices_steps_ascend_in_the_order_of_the_calls_whichever_gateway_of_its_site_sends_them()
    {
        StepOrigin otherGateway = Store.Origin with { Gateway = GatewayId.New(TimeProvider.System) };
        Task<IReadOnlyList<StepOutcome>>[] appends =
        [
            .. Enumerable.Range(0, 100).Select(n => Store.AppendAsync(
                n % 2 == 0 ? Store.Origin : otherGateway, TestSteps.Step(Store.Device), TestSteps.Step(Store.Device))),
        ];
        IReadOnlyList<StepOutcome>[] outcomes = await Task.WhenAll(appends);

        Positions(outcomes.SelectMany(outcome => outcome)).ShouldBeInOrder();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3 * StepCopy.StepsMin)]
    public async Task Two_stores_that_race_with_the_same_steps_store_each_once(int stepsOfARound)
    {
        await using StepStore other = new(Database.ConnectionString);
        StepEvent[] steps = [.. Enumerable.Range(0, 10 * stepsOfARound).Select(_ => TestSteps.Step(Store.Device))];

        for (int round = 0; round < 10; round++)
        {
            StepEvent[] some = steps[(round * stepsOfARound)..((round + 1) * stepsOfARound)];
            IReadOnlyList<StepOutcome>[] outcomes = await Task.WhenAll(
                Store.AppendAsync(some), other.AppendAsync(StepStore.NewOrigin(), [.. some.Reverse()]));
            for (int index = 0; index < some.Length; index++)
                new[] { outcomes[0][index], outcomes[1][^(index + 1)] }.Count(outcome => outcome is StepOutcome.Stored).ShouldBe(1);
        }

        (await CountAsync("step_event")).ShouldBe(steps.Length);
        (await CountAsync("step_series")).ShouldBe(steps.Length);
    }

    [Fact]
    public async Task An_empty_append_and_a_step_of_nothing_are_fine()
    {
        (await Store.AppendAsync()).ShouldBeEmpty();
        (await Store.AppendAsync(TestSteps.Step(Store.Device, label: "", series: [], logs: [TestSteps.Log()]))).ShouldHaveSingleItem()
            .ShouldBeOfType<StepOutcome.Stored>();
    }

    [Fact]
    public async Task Steps_after_a_position_are_read_in_the_order_of_their_commits()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, 5).Select(n => TestSteps.Step(
            Store.Device, FakeClock.Start.AddHours(-n), settings: "{\"speed\": 5}", series: [TestSteps.Series("a", 1, 2, n), TestSteps.Singular("b", n)]))];
        long[] positions = Positions(await Store.AppendAsync(steps));
        await Store.AppendAsync(TestSteps.Step(DeviceId.New(TimeProvider.System)));

        IReadOnlyList<CommittedStepHead> heads = await Store.Events.ReadAfterAsync(Store.Device, positions[1], 2, CancellationToken.None);

        heads.Select(head => head.Id).ShouldBe([steps[2].Id, steps[3].Id]);
        CommittedStepHead head = heads[0];
        head.Position.ShouldBe(positions[2]);
        (head.Started, head.Ended, head.Label, head.Kind).ShouldBe((steps[2].Started, steps[2].Ended, steps[2].Label, steps[2].Kind));
        head.Settings.ShouldBe("{\"speed\": 5}");
        head.Series.ShouldBe([new SeriesHead("a", "mm", 3, 200_000, 2), new SeriesHead("b", "mL", 1, 0, 2)]);
    }

    private static Refusal RefusalOf(StepOutcome outcome) => outcome.ShouldBeOfType<StepOutcome.Refused>().Refusal;

    private static long[] Positions(IEnumerable<StepOutcome> outcomes) => [.. outcomes.OfType<StepOutcome.Stored>().Select(stored => stored.Position)];

    private Task<long> CountAsync(string table) => Database.ScalarAsync<long>($"SELECT count(*) FROM {table}");
}
