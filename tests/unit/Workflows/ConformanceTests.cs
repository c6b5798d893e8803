using Shouldly;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Steps;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

/// <summary>What is found of one step that was done: each code by a case of its own.</summary>
public sealed class ConformanceTests
{
    private static readonly BlueprintStep Cure = Flows.Expected("cure");

    [Fact]
    public void What_was_done_as_approved_is_met_and_nothing_is_found()
    {
        BlueprintStep expected = Cure with
        {
            DurationS = new NumberRange(60, 60), Settings = [new SettingRule("/power") { Min = 5, Max = 5 }, new SettingRule("/mode") { EqualTo = "N2" }],
            Series = [new SeriesLimit("t", SeriesStatistic.Mean) { Min = 60, Max = 60, Unit = "C" }],
        };
        var found = Flows.Judge(new Blueprint([expected]), [Flows.Done("cure", 0, 60, """{"power":5,"mode":"N2"}""").With("t", Flows.Series(60))]);
        found.Findings.ShouldBeEmpty();
        (found.Expected[0].Verdict, found.IsFinished, found.LookAgainAt).ShouldBe((StepVerdict.Met, true, null));
    }

    [Theory]
    [InlineData(59, -1, "cure took 59 s; approved: 60 to 90 s (1 too low).")]
    [InlineData(90.5, 0.5, "cure took 90.5 s; approved: 60 to 90 s (0.5 too high).")]
    public void How_long_it_took(double lasts, double offBy, string sentence)
    {
        Finding finding = Only(Cure with { DurationS = new NumberRange(60, 90) }, Flows.Done("cure", 0, lasts), FindingCode.DurationOutOfRange);
        (finding.OffBy!.Value, finding.Sentence).ShouldBe((offBy, sentence));
    }

    [Theory]
    [InlineData(StepResult.Failed, "failed")]
    [InlineData(StepResult.Aborted, "aborted")]
    public void That_the_device_says_it_failed(StepResult outcome, string word) =>
        Only(Cure, Flows.Done("cure", 0, outcome: outcome), FindingCode.StepFailed).Sentence.ShouldBe($"cure ended as {word}.");

    [Fact]
    public void A_device_that_does_not_say_how_it_ended_has_not_failed() => Flows.FindingsOf(Cure, Flows.Done("cure", 0, outcome: null)).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"a":{"power":4.5}}""", FindingCode.SettingOutOfRange, "4.5", -0.5)]
    [InlineData("""{"a":{"power":8}}""", FindingCode.SettingOutOfRange, "8", 2.0)]
    [InlineData("""{"a":{"power":"5"}}""", FindingCode.SettingDiffers, "5", null)]
    [InlineData("""{"a":{"power":null}}""", FindingCode.SettingDiffers, "null", null)]
    [InlineData("""{"a":{}}""", FindingCode.SettingMissing, null, null)]
    public void A_setting_that_is_to_be_in_a_range(string settings, FindingCode code, string? found, double? offBy)
    {
        Finding finding = Only(Cure with { Settings = [new SettingRule("/a/power") { Min = 5, Max = 6 }] }, Flows.Done("cure", 0, settings: settings), code);
        (finding.Parameter, finding.Expected, finding.Found, finding.OffBy).ShouldBe(("/a/power", "5 to 6", found, offBy));
    }

    [Theory]
    [InlineData("5", """{"p":5.0}""", null)]
    [InlineData("true", """{"p":true}""", null)]
    [InlineData("5", """{"p":6}""", "6")]
    [InlineData("N2", """{"p":"n2"}""", "n2")]
    [InlineData("true", """{"p":false}""", "false")]
    public void A_setting_that_is_to_be_equal(string equalTo, string settings, string? found)
    {
        BlueprintStep expected = Cure with { Settings = [new SettingRule("/p") { EqualTo = equalTo }] };
        if (found is null) Flows.FindingsOf(expected, Flows.Done("cure", 0, settings: settings)).ShouldBeEmpty();
        else Only(expected, Flows.Done("cure", 0, settings: settings), FindingCode.SettingDiffers).Sentence.ShouldBe($"cure: setting /p was {found}; approved: {equalTo}.");
    }

    [Fact]
    public void A_setting_as_long_as_a_book_is_shown_by_its_beginning() => Only(
        Cure with { Settings = [new SettingRule("/p") { EqualTo = "x" }] }, Flows.Done("cure", 0, settings: $$"""{"p":"{{new string('y', 5000)}}"}"""), FindingCode.SettingDiffers)
        .Found!.Length.ShouldBe(203);

    [Theory]
    [InlineData(SeriesStatistic.First, 57)]
    [InlineData(SeriesStatistic.Last, 63)]
    [InlineData(SeriesStatistic.Min, 55)]
    [InlineData(SeriesStatistic.Max, 65)]
    [InlineData(SeriesStatistic.Mean, 60)]
    [InlineData(SeriesStatistic.P05, 56)]
    [InlineData(SeriesStatistic.P50, 61)]
    [InlineData(SeriesStatistic.P95, 64)]
    public void A_series_by_each_of_its_statistics(SeriesStatistic statistic, double value)
    {
        DoneStep done = Flows.Done("cure", 0).With("t", Flows.Series(60));
        Finding finding = Only(Cure with { Series = [new SeriesLimit("t", statistic) { Min = value + 2 }] }, done, FindingCode.SeriesOutOfRange);
        (finding.Parameter, finding.Found, finding.OffBy).ShouldBe(($"t ({statistic.ToString().ToLowerInvariant()})", $"{value} C", -2));
        Flows.FindingsOf(Cure with { Series = [new SeriesLimit("t", statistic) { Min = value, Max = value }] }, done).ShouldBeEmpty();
    }

    [Fact]
    public void A_series_that_is_not_there_or_empty_or_of_another_unit_is_missing()
    {
        BlueprintStep expected = Cure with { Series = [new SeriesLimit("t", SeriesStatistic.Mean) { Unit = "C", Max = 70 }] };
        foreach (DoneStep done in (DoneStep[])
            [Flows.Done("cure", 0), Flows.Done("cure", 0).With("T", Flows.Series(60)), Flows.Done("cure", 0).With("t", Flows.Series(60, count: 0)), Flows.Done("cure", 0).With("t", Flows.Series(60, "K"))])
            Only(expected, done, FindingCode.SeriesMissing).Sentence.ShouldBe("cure: t (mean) was not told; approved: at most 70 C.");
    }

    [Fact]
    public void Materials_need_a_lot_and_none_past_its_expiry()
    {
        Blueprint blueprint = new([Cure with { Materials = ["Resin"] }]);
        DoneStep done = Flows.Done("cure", 0);
        JobLot old = new(Guid.NewGuid(), "Resin", "R1", new DateOnly(2026, 3, 1)), good = new(Guid.NewGuid(), "Resin", "R2", new DateOnly(2026, 3, 2));
        Finding missing = Conformance.Of(blueprint, Flows.Facts(blueprint, [done]) with { Lots = [old with { Material = "resin" }] }).Findings.ShouldHaveSingleItem();
        (missing.Code, missing.Sentence).ShouldBe((FindingCode.MaterialMissing, "cure: the job names no lot of Resin."));
        Finding expired = Conformance.Of(blueprint, Flows.Facts(blueprint, [done]) with { Lots = [good, old] }).Findings.ShouldHaveSingleItem();
        (expired.Code, expired.Sentence).ShouldBe((FindingCode.LotExpired, "cure: Resin R1 had expired on 2026-03-01; it was used on 2026-03-02."));
        Conformance.Of(blueprint, Flows.Facts(blueprint, [done]) with { Lots = [good, good with { Lot = "R3", Expires = null }] }).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void Combinations_that_nobody_validated_and_devices_that_are_overdue_are_named()
    {
        var blueprint = Flows.Blueprint("cure");
        DoneStep done = Flows.Done("cure", 0);
        JobFacts facts = Flows.Facts(blueprint, [done]) with
        {
            NotValidated = new Dictionary<StepCloud.Contracts.Ids.StepId, IReadOnlyList<NotValidated>> { [done.Id] = [new NotValidated(new JobLot(Guid.NewGuid(), "Resin", "R1", null), "Otoflash, 2.1")] },
            Overdue = new Dictionary<StepCloud.Contracts.Ids.StepId, IReadOnlyList<OverduePlan>> { [done.Id] = [new OverduePlan("Yearly calibration", new DateOnly(2026, 2, 1))] },
        };
        var found = Conformance.Of(blueprint, facts);
        found.Findings.Select(finding => (finding.Code, finding.Sentence)).ShouldBe(
        [
            (FindingCode.CombinationNotValidated, "cure: Resin R1 is not validated with Otoflash, 2.1."),
            (FindingCode.DeviceOverdue, "cure was done on a device of which Yearly calibration was due on 2026-02-01."),
        ]);
        found.Expected[0].Verdict.ShouldBe(StepVerdict.Deviating);
    }

    [Fact]
    public void That_there_are_more_steps_than_are_looked_at()
    {
        var blueprint = Flows.Blueprint("cure");
        Finding finding = Conformance.Of(blueprint, Flows.Facts(blueprint, [Flows.Done("cure", 0)]) with { HasMoreSteps = true }).Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Sentence).ShouldBe((FindingCode.TooManySteps, "The job has more than 1000 steps; those behind were not looked at."));
    }

    [Fact]
    public void Every_code_has_a_sentence() =>
        Enum.GetValues<FindingCode>().ShouldAllBe(code => new Finding(code, "k", "Cure", null, "p", "e", "f", 1).Sentence != $"Cure: {Finding.Name(code)}.");

    private static Finding Only(BlueprintStep expected, DoneStep done, FindingCode code)
    {
        Finding finding = Flows.FindingsOf(expected, done).ShouldHaveSingleItem();
        (finding.Code, finding.StepKey, finding.Step).ShouldBe((code, expected.Key, done.Id));
        return finding;
    }
}
