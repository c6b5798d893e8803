using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Steps;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

public sealed class ProposalTests
{
    private static readonly string[] Values =
    [
        "0", "-0.0", "3", "3.0", "-7.25", "1e300", "-1.7976931348623157e308", "1.7976931348623157e308", "1e-320", "1e999",
        "true", "null", "\"N2\"", "\"3\"", "\"\"", "[1]", "{\"b\":1}", "0.1234567891",
    ];

    [Fact]
    public void Every_run_conforms_to_what_was_learned_from_it() => Prop.ForAll(
        Arb.From(from runs in Runs() from margin in Gen.Choose(0, 100) select (runs, margin)),
        given =>
        {
            // Runs that have no step in common, in order, teach nothing.
            if (Proposal.Of(given.runs, given.margin / 100.0, null) is not { } proposed) return given.runs.Length > 1;
            BlueprintRules.Faults(proposed).ShouldBeEmpty();
            string json = BlueprintJson.Write(proposed);
            BlueprintJson.Write(BlueprintJson.Read(json)).ShouldBe(json);
            foreach (DoneStep[] run in given.runs)
            {
                var found = Flows.Judge(proposed, run, isComplete: true);
                found.Findings.Select(finding => finding.Sentence).ShouldBeEmpty(string.Join(" / ", given.runs.Select(one => string.Join(' ', one.Select(step => step.Label)))));
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_was_seen_is_what_is_proposed_with_its_margin()
    {
        DoneStep[][] runs =
        [
            [Flows.Done("Wash", 0, 100, """{"mode":"N2","power":10,"note":"a"}""").With("t", Flows.Series(-20)), Flows.Done("Cure", 200, 60)],
            [Flows.Done("wash", 0, 200, """{"mode":"N2","power":20,"note":"b"}""").With("t", Flows.Series(10)), Flows.Done("Dry", 210, 5), Flows.Done("cure", 300, 60)],
        ];
        var proposed = Proposal.Of(runs, 0.2, null)!;
        proposed.Steps.Select(step => (step.Key, step.Name, step.Label, step.TimesMin, step.Model)).ShouldBe(
            [("s1", "Wash", "Wash", 1, Flows.Model), ("s2", "Dry", "Dry", 0, Flows.Model), ("s3", "Cure", "Cure", 1, Flows.Model)]);
        proposed.Steps[0].DurationS.ShouldBe(new NumberRange(80, 240));
        proposed.Steps[0].Settings.ShouldBe([new SettingRule("/mode") { EqualTo = "N2" }, new SettingRule("/power") { Min = 8, Max = 24 }]);
        proposed.Steps[0].Series.ShouldBe([new SeriesLimit("t", SeriesStatistic.Mean) { Unit = "C", Min = -24, Max = 14 }]);
        Proposal.Of(runs, 0.2, new HashSet<string>())!.Steps[0].Series.ShouldBeEmpty();
        Proposal.Of(runs, 10, null)!.Steps[0].DurationS!.Min.ShouldBe(0, "a time is not negative, whatever the margin");
    }

    [Fact]
    public void Steps_of_one_label_get_names_of_their_own_though_another_has_that_name()
    {
        Proposal.Of([Flows.InOrder("cut", "cut", "cut 2", "Cut")], 0, null)!.Steps.Select(step => step.Name).ShouldBe(["cut", "cut 2", "cut 2 2", "Cut 3"]);
        string longest = new('a', StepLimits.NameCharsMax);
        var proposed = Proposal.Of([Flows.InOrder(longest, longest)], 0, null)!;
        (proposed.Steps[1].Name, BlueprintRules.Faults(proposed).Count).ShouldBe((longest[..^2] + " 2", 0));
    }

    [Fact]
    public void What_only_some_runs_had_takes_nothing_from_what_all_had()
    {
        // The third run has an a before b which is none of the others': theirs stays theirs.
        DoneStep[][] runs = [Flows.InOrder("a"), Flows.InOrder("b", "a"), Flows.InOrder("a", "b", "a")];
        var proposed = Proposal.Of(runs, 0, null)!;
        proposed.Steps.Select(step => (step.Label, step.TimesMin)).ShouldBe([("a", 0), ("b", 0), ("a", 1)]);
        foreach (DoneStep[] run in runs) Flows.Judge(proposed, run, isComplete: true).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void A_label_that_no_blueprint_could_have_is_left_to_the_model()
    {
        BlueprintStep step = Proposal.Of([Flows.InOrder("a\nb")], 0, null)!.Steps.ShouldHaveSingleItem();
        (step.Name, step.Label, step.Model).ShouldBe(("curing unit", null, Flows.Model));
    }

    private static Gen<DoneStep[][]> Runs()
    {
        Gen<DoneStep> step =
            from label in Gen.Elements("cut", "CUT ", "cut 2", "Wash", "", "w")
            from at in Gen.Choose(0, 30)
            from lasts in Gen.Choose(0, 5000)
            from a in Gen.Elements(Values)
            from b in Gen.Elements(Values)
            from mean in Gen.Elements(0, -4.5, 1e-9, 123456.789, -1.7e308, 1.7e308)
            from unit in Gen.Frequency((9, Gen.Constant("C")), (1, Gen.Constant("")))
            from model in Gen.Frequency((5, Gen.Constant(Flows.Model)), (1, Gen.Constant(Guid.Empty)))
            select Flows.Done(label, at, lasts / 7.0, $$"""{"a":{{a}}, "n":{"b/~":{{b}} } }""", model: model).With("t", Flows.Series(mean, unit));
        return Gen.Choose(1, 6).SelectMany(runs => Gen.ArrayOf(Gen.Choose(1, 7).SelectMany(steps => Gen.ArrayOf(step, steps)), runs));
    }
}
