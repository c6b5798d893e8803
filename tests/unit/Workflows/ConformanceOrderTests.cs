using Shouldly;
using StepCloud.Actors.Workflows;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

/// <summary>What is found of the steps together: which are missing, extra, out of order, too late; and of those that are done again.</summary>
public sealed class ConformanceOrderTests
{
    private static readonly Blueprint Abc = Flows.Blueprint("a", "b", "c");

    [Fact]
    public void What_was_passed_over_is_missing_and_what_comes_behind_is_awaited()
    {
        var found = Flows.Judge(Flows.Blueprint("a", "b", "c", "d"), Flows.InOrder("a", "c"));
        VerdictsOf(found).ShouldBe([StepVerdict.Met, StepVerdict.Missing, StepVerdict.Met, StepVerdict.Awaited]);
        (SaysOf(found), found.IsFinished).ShouldBe(("b was not done.", false));
    }

    [Fact]
    public void When_no_more_steps_come_what_is_awaited_is_missing()
    {
        var found = Flows.Judge(Abc, Flows.InOrder("a"), isComplete: true);
        VerdictsOf(found).ShouldBe([StepVerdict.Met, StepVerdict.Missing, StepVerdict.Missing]);
        (SaysOf(found), found.IsFinished).ShouldBe(("b was not done. c was not done.", true));
    }

    [Fact]
    public void A_late_step_takes_back_that_it_was_missing()
    {
        DoneStep[] steps = Flows.InOrder("a", "b", "c");
        SaysOf(Flows.Judge(Abc, [steps[0], steps[2]])).ShouldBe("b was not done.");
        Flows.Judge(Abc, [steps[0], steps[2], steps[1]]).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void What_was_done_at_another_place_is_out_of_order_and_not_missing()
    {
        var found = Flows.Judge(Abc, Flows.InOrder("a", "c", "b"));
        VerdictsOf(found).ShouldBe([StepVerdict.Met, StepVerdict.Deviating, StepVerdict.Met]);
        SaysOf(found).ShouldBe("b was not done at its place in the order.");
    }

    [Fact]
    public void What_is_none_of_the_steps_is_extra_unless_that_is_nobody_s_business()
    {
        DoneStep[] steps = Flows.InOrder("a", "x", "b", "b", "c");
        var found = Flows.Judge(Abc, steps);
        found.Extra.ShouldBe([steps[1].Id, steps[3].Id]);
        SaysOf(found).ShouldBe("x was done and is not part of what was approved. b was done and is not part of what was approved.");
        found.Findings.ShouldAllBe(finding => finding.StepKey == null);
        var quiet = Flows.Judge(Abc with { FindsExtraSteps = false }, steps);
        (quiet.Findings.Count, quiet.Extra.Count).ShouldBe((0, 2));
    }

    [Fact]
    public void What_may_be_left_out_may_and_what_is_done_several_times_needs_its_number()
    {
        Blueprint blueprint = new([Flows.Expected("a") with { TimesMin = 0 }, Flows.Expected("b") with { TimesMin = 2, TimesMax = 3 }, Flows.Expected("c")]);
        VerdictsOf(Flows.Judge(blueprint, [])).ShouldBe([StepVerdict.LeftOut, StepVerdict.Awaited, StepVerdict.Awaited]);
        VerdictsOf(Flows.Judge(blueprint, Flows.InOrder("b"))).ShouldBe([StepVerdict.LeftOut, StepVerdict.Awaited, StepVerdict.Awaited]);
        SaysOf(Flows.Judge(blueprint, Flows.InOrder("b", "c"))).ShouldBe("b was done 1 of 2 times.");
        foreach (string[] labels in (string[][])[["b", "b", "c"], ["a", "b", "b", "b", "c"]]) Flows.Judge(blueprint, Flows.InOrder(labels)).Findings.ShouldBeEmpty();
        Flows.Judge(blueprint, Flows.InOrder("b", "b", "b", "b", "c")).Findings.ShouldHaveSingleItem().Code.ShouldBe(FindingCode.ExtraStep);
    }

    [Theory]
    [InlineData(4, FindingCode.WaitTooShort, -1, "b began 4 s after a; approved: 5 to 9 s (1 too low).")]
    [InlineData(10, FindingCode.WaitTooLong, 1, "b began 10 s after a; approved: 5 to 9 s (1 too high).")]
    public void How_long_it_waited(double waited, FindingCode code, double offBy, string sentence)
    {
        Finding finding = Flows.Judge(Waiting(5, 9), [Flows.Done("a", 0, 10), Flows.Done("b", 10 + waited)]).Findings.ShouldHaveSingleItem();
        (finding.Code, finding.OffBy!.Value, finding.Sentence, finding.Parameter).ShouldBe((code, offBy, sentence, "a"));
        Flows.Judge(Waiting(waited, waited), [Flows.Done("a", 0, 10), Flows.Done("b", 10 + waited)]).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void A_wait_that_is_over_is_found_when_it_is_and_says_until_then_when_to_look_again()
    {
        DoneStep a = Flows.Done("a", 0, 10);
        var waiting = Flows.Judge(Waiting(null, 50), [a], now: 59);
        (waiting.Findings.Count, waiting.LookAgainAt).ShouldBe((0, Flows.Begin.AddSeconds(60)));
        var late = Flows.Judge(Waiting(null, 50), [a], now: 60.001);
        (SaysOf(late), late.LookAgainAt, late.Expected[1].Verdict).ShouldBe(("b did not begin in time after a; approved: at most 50 s.", null, StepVerdict.Awaited));
        var came = Flows.Judge(Waiting(null, 50), [a, Flows.Done("b", 70)]);
        came.Findings.ShouldHaveSingleItem().Identity.ShouldNotBe(late.Findings[0].Identity, "whoever accepts that it is late has not accepted how late it comes");
        Flows.Judge(Waiting(null, 50), [a, Flows.Done("b", 60)]).Findings.ShouldBeEmpty("it came in time, and was only told of late");
        Flows.Judge(Waiting(null, 50), [a], isComplete: true).Findings.ShouldHaveSingleItem().Code.ShouldBe(FindingCode.MissingStep);
        Flows.Judge(Waiting(null, 50), []).LookAgainAt.ShouldBeNull();
    }

    [Fact]
    public void The_nearest_of_several_waits_is_when_to_look_again()
    {
        Blueprint blueprint = new([Flows.Expected("a"), Flows.Expected("b"), Flows.Expected("c") with { Waits = [new WaitRule("a") { MaxS = 100 }, new WaitRule("b") { MaxS = 10 }] }]);
        Flows.Judge(blueprint, [Flows.Done("a", 0, 1), Flows.Done("b", 20, 1)], now: 25).LookAgainAt.ShouldBe(Flows.Begin.AddSeconds(31));
        Flows.Judge(blueprint, [Flows.Done("a", 0, 1), Flows.Done("b", 20, 1)], now: 40).LookAgainAt.ShouldBe(Flows.Begin.AddSeconds(101));
    }

    [Fact]
    public void A_wait_is_for_the_last_of_several_and_until_the_first_that_is_in_order()
    {
        Blueprint blueprint = new(
        [
            Flows.Expected("start") with { TimesMin = 0 }, Flows.Expected("a") with { TimesMax = 2 },
            Flows.Expected("b") with { TimesMin = 2, TimesMax = 2, Waits = [new WaitRule("a") { MaxS = 5 }] },
        ]);
        Flows.Judge(blueprint, [Flows.Done("a", 0), Flows.Done("a", 10), Flows.Done("b", 13), Flows.Done("b", 100)]).Findings.ShouldBeEmpty();
        // The b before is out of order; the wait is until the other.
        var found = Flows.Judge(blueprint, [Flows.Done("b", 0), Flows.Done("start", 5), Flows.Done("a", 10), Flows.Done("b", 21)]);
        found.Findings.Select(finding => (finding.Code, finding.OffBy)).ShouldBe([(FindingCode.WaitTooLong, 5.0), (FindingCode.OutOfOrder, null)]);
    }

    [Fact]
    public void A_wait_after_what_was_done_twice_at_two_places_counts_from_the_later_one()
    {
        Blueprint blueprint = new([Flows.Expected("start"), Flows.Expected("a"), Flows.Expected("b") with { TimesMin = 2, TimesMax = 2 }, Flows.Expected("c") with { Waits = [new WaitRule("b") { MaxS = 5 }] }]);
        Flows.Judge(blueprint, [Flows.Done("b", 0), Flows.Done("start", 5), Flows.Done("a", 10), Flows.Done("b", 20), Flows.Done("c", 24)]).Findings.ShouldHaveSingleItem().Code.ShouldBe(FindingCode.OutOfOrder);
    }

    [Fact]
    public void What_is_to_be_done_again_is_awaited_though_later_ones_were_done()
    {
        var found = Rework(Flows.InOrder("a", "c"), false, "b");
        VerdictsOf(found).ShouldBe([StepVerdict.Met, StepVerdict.Awaited, StepVerdict.Met]);
        (found.Findings.Count, found.IsFinished).ShouldBe((0, false));
    }

    [Fact]
    public void What_was_done_again_after_what_comes_behind_it_is_out_of_order_until_that_is_done_again_too()
    {
        SaysOf(Rework(Flows.InOrder("a", "c", "b"), false, "b")).ShouldBe("b was not done at its place in the order.");
        // What came before them, once, is none the worse; what was done again says that it came too late.
        Rework(Flows.InOrder("c", "a", "b"), false, "a", "b").Findings.Select(one => $"{one.Code} {one.StepKey}").ShouldBe(["OutOfOrder a", "OutOfOrder b"]);
        Rework(Flows.InOrder("a", "b", "c"), false, "b", "c").Findings.ShouldBeEmpty();
        SaysOf(Rework(Flows.InOrder("b", "c", "a"), false, "c")).ShouldBe("a was not done at its place in the order.");
    }

    [Fact]
    public void What_is_missing_again_is_another_finding_than_that_it_was_missing()
    {
        Finding first = Flows.Judge(Abc, Flows.InOrder("a", "c"), isComplete: true).Findings.ShouldHaveSingleItem();
        Finding second = Rework(Flows.InOrder("a", "c"), true, "b").Findings.ShouldHaveSingleItem();
        (first.Rework, second.Rework, first.Code, second.Code).ShouldBe((0, 1, FindingCode.MissingStep, FindingCode.MissingStep));
        second.Identity.ShouldNotBe(first.Identity);
    }

    private static Conformance Rework(DoneStep[] steps, bool isComplete, params string[] keys) => Conformance.Of(
        Abc, Flows.Facts(Abc, steps, isComplete) with { Reworks = keys.ToDictionary(key => key, _ => 1) });

    private static Blueprint Waiting(double? min, double? max) => new([Flows.Expected("a"), Flows.Expected("b") with { Waits = [new WaitRule("a") { MinS = min, MaxS = max }] }]);

    private static StepVerdict[] VerdictsOf(Conformance found) => [.. found.Expected.Select(step => step.Verdict)];

    private static string SaysOf(Conformance found) => string.Join(' ', found.Findings.Select(finding => finding.Sentence));
}
