using Shouldly;
using StepCloud.Actors.Workflows;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

public sealed class BlueprintRulesTests
{
    private static readonly BlueprintStep Right = new("cure", "Cure") { Kind = "curing_unit" };

    /// <summary>A step that is wrong in one thing, and where.</summary>
    private static readonly (string Pointer, BlueprintStep Step)[] Wrong =
    [
        ("/key", Right with { Key = "" }),
        ("/key", Right with { Key = "Cure" }),
        ("/key", Right with { Key = "cüre" }),
        ("/key", Right with { Key = new string('a', 51) }),
        ("/name", Right with { Name = " " }),
        ("/name", Right with { Name = "a\nb" }),
        ("/name", Right with { Name = "\ud83d" }),
        ("/name", Right with { Name = "\ude00a" }),
        ("/name", Right with { Name = new string('a', 201) }),
        ("/kind", Right with { Kind = null }),
        ("/kind", Right with { Kind = "oven" }),
        ("/kind", Right with { Model = Flows.Model }),
        ("/label", Right with { Label = "" }),
        ("/label", Right with { Label = "a\u0000" }),
        ("/times_max", Right with { TimesMax = 0, TimesMin = 0 }),
        ("/times_max", Right with { TimesMax = 21 }),
        ("/times_max", Right with { TimesMin = -1 }),
        ("/times_min", Right with { TimesMin = 3, TimesMax = 2 }),
        ("/duration_s", Right with { DurationS = new NumberRange(null, null) }),
        ("/duration_s", Right with { DurationS = new NumberRange(10, 9) }),
        ("/duration_s", Right with { DurationS = new NumberRange(-1, 9) }),
        ("/duration_s", Right with { DurationS = new NumberRange(1, double.PositiveInfinity) }),
        ("/settings", Right with { Settings = [.. Enumerable.Range(0, 201).Select(i => new SettingRule($"/{i}") { Min = 0 })] }),
        ("/settings/0/pointer", Right with { Settings = [new SettingRule("power") { Min = 0 }] }),
        ("/settings/0/pointer", Right with { Settings = [new SettingRule("") { Min = 0 }] }),
        ("/settings/0/pointer", Right with { Settings = [new SettingRule("/a~2") { Min = 0 }] }),
        ("/settings/0/pointer", Right with { Settings = [new SettingRule("/a~") { Min = 0 }] }),
        ("/settings/0/pointer", Right with { Settings = [new SettingRule("/" + new string('a', 200)) { Min = 0 }] }),
        ("/settings/0/equal_to", Right with { Settings = [new SettingRule("/a") { EqualTo = new string('a', 201) }] }),
        ("/settings/0/equal_to", Right with { Settings = [new SettingRule("/a") { EqualTo = "5", Min = 5 }] }),
        ("/settings/0/max", Right with { Settings = [new SettingRule("/a")] }),
        ("/settings/0/max", Right with { Settings = [new SettingRule("/a") { Min = 2, Max = 1 }] }),
        ("/settings/0/max", Right with { Settings = [new SettingRule("/a") { Max = double.NaN }] }),
        ("/settings/1/pointer", Right with { Settings = [new SettingRule("/a") { Min = 2 }, new SettingRule("/a") { Max = 5 }] }),
        ("/series", Right with { Series = [.. Enumerable.Range(0, 201).Select(i => new SeriesLimit($"{i}", SeriesStatistic.Max) { Min = 0 })] }),
        ("/series/0/name", Right with { Series = [new SeriesLimit("\t", SeriesStatistic.Max) { Min = 0 }] }),
        ("/series/0/unit", Right with { Series = [new SeriesLimit("t", SeriesStatistic.Max) { Min = 0, Unit = "\0" }] }),
        ("/series/0/statistic", Right with { Series = [new SeriesLimit("t", (SeriesStatistic)9) { Min = 0 }] }),
        ("/series/0/max", Right with { Series = [new SeriesLimit("t", SeriesStatistic.Max) { Min = 1, Max = 0 }] }),
        ("/series/1/statistic", Right with { Series = [new SeriesLimit("t", SeriesStatistic.Max) { Min = 0, Unit = "C" }, new SeriesLimit("t", SeriesStatistic.Max) { Max = 9 }] }),
        ("/waits/0/after", Right with { Waits = [new WaitRule("wash") { MaxS = 5 }] }),
        ("/waits/0/after", Right with { Waits = [new WaitRule("cure") { MaxS = 5 }] }),
        ("/materials", Right with { Materials = [.. Enumerable.Range(0, 21).Select(i => $"Resin {i}")] }),
        ("/materials/0", Right with { Materials = [""] }),
        ("/materials/1", Right with { Materials = ["Resin", "Resin"] }),
        ("/needs_validation", Right with { NeedsValidation = true }),
        ("/firmware_at", Right with { FirmwareAt = "firmware" }),
        ("/program_at", Right with { ProgramAt = "~" }),
        ("/settings/1", Right with { Settings = [new SettingRule("/a") { Min = 2 }, null!] }),
        ("/series/0", Right with { Series = [null!] }),
        ("/waits/0", Right with { Waits = [null!] }),
        ("/materials/0", Right with { Materials = [null!] }),
        ("", null!),
    ];

    public static TheoryData<int> EachWrong => new(Enumerable.Range(0, Wrong.Length));

    [Theory]
    [MemberData(nameof(EachWrong))]
    public void What_cannot_be_met_is_told_at_its_place_and_nothing_else_is(int wrong) =>
        PointersOf(Wrong[wrong].Step).ShouldBe(["/steps/0" + Wrong[wrong].Pointer]);

    [Fact]
    public void What_can_be_met_has_no_fault() => PointersOf(
        new BlueprintStep("wash", "Wash") { Model = Flows.Model, TimesMin = 0, TimesMax = 20 },
        Right with
        {
            Key = "cure_2-b", Name = "Härten 😀", Label = "Cure", TimesMax = 3, DurationS = new NumberRange(0, 0), Materials = ["Resin", "resin"], NeedsValidation = true,
            Settings = [new SettingRule("/a~1b/~0") { EqualTo = "" }, new SettingRule("/") { Min = -2, Max = -2 }],
            Series = [new SeriesLimit("t", SeriesStatistic.Max) { Max = 0 }, new SeriesLimit("t", SeriesStatistic.Min) { Min = 0, Unit = "" }],
            Waits = [new WaitRule("wash") { MinS = 0, MaxS = 60 }],
        }).ShouldBeEmpty();

    [Fact]
    public void Waits_that_go_round_in_a_circle_are_told_at_the_one_that_comes_first()
    {
        Blueprint circle = new([Right with { Key = "a", Name = "A", Waits = [new WaitRule("b") { MinS = 1 }] }, Right with { Key = "b", Name = "B", Waits = [new WaitRule("a") { MinS = 1 }] }]);
        (string pointer, string detail) = BlueprintRules.Faults(circle).ShouldHaveSingleItem();
        (pointer, detail.Contains("circle")).ShouldBe(("/steps/0/waits/0/after", true));
    }

    [Fact]
    public void Waits_are_told_when_they_are_upside_down_negative_said_twice_or_too_many()
    {
        WaitsOf([new WaitRule("wash") { MinS = 5, MaxS = 4 }]).ShouldBe(["/steps/1/waits/0/max_s"]);
        WaitsOf([new WaitRule("wash")]).ShouldBe(["/steps/1/waits/0/max_s"]);
        WaitsOf([new WaitRule("wash") { MinS = -5 }]).ShouldBe(["/steps/1/waits/0/max_s"]);
        WaitsOf([new WaitRule("wash") { MinS = 5 }, new WaitRule("wash") { MinS = 6 }]).ShouldBe(["/steps/1/waits/1/after"]);
        WaitsOf([.. Enumerable.Repeat(new WaitRule("wash") { MinS = 5 }, 21)]).ShouldContain("/steps/1/waits");
    }

    [Fact]
    public void Keys_and_names_are_each_one_step_s() =>
        PointersOf(Right, Right with { Key = "b", Name = "B" }, Right with { Name = "C" }, Right with { Key = "d" }).ShouldBe(["/steps/2/key", "/steps/3/name"]);

    [Fact]
    public void There_is_one_step_at_least_and_there_are_not_too_many()
    {
        PointersOf().ShouldBe(["/steps"]);
        PointersOf(Many(BlueprintRules.StepsMax)).ShouldBeEmpty();
        PointersOf(Many(BlueprintRules.StepsMax + 1)).ShouldBe(["/steps"]);
        PointersOf(Many(15, times: 20)).ShouldBeEmpty();
        PointersOf(Many(16, times: 20)).ShouldBe(["/steps"]);
    }

    [Fact]
    public void Of_lists_that_are_far_too_long_no_more_is_looked_at_than_is_allowed()
    {
        PointersOf([.. Enumerable.Repeat(Right, 1_000_000)]).ShouldBe(["/steps"]);
        string[] pointers = PointersOf(Right with { Materials = [.. Enumerable.Repeat("", 1_000_000)], Settings = [.. Enumerable.Repeat(new SettingRule(""), 1_000_000)] });
        pointers.Length.ShouldBe(1 + 20 + 1 + BlueprintRules.RulesMax);
    }

    private static BlueprintStep[] Many(int count, int times = 1) => [.. Enumerable.Range(0, count).Select(i => Right with { Key = $"s{i}", Name = $"S{i}", TimesMax = times })];

    private static string[] WaitsOf(WaitRule[] waits) => PointersOf(Right with { Key = "wash", Name = "Wash" }, Right with { Waits = waits });

    private static string[] PointersOf(params BlueprintStep[] steps) => [.. BlueprintRules.Faults(new Blueprint(steps)).Select(fault => fault.Pointer)];
}
