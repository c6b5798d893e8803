using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Actors.Workflows;
using Xunit;

namespace StepCloud.Tests.Unit.Workflows;

public sealed class AlignmentTests
{
    [Fact]
    public void The_steps_that_are_in_order_are_as_many_as_any_choice_of_them_could_be() => Prop.ForAll(
        Arb.From(
            from expected in Gen.ArrayOf(Gen.Elements("a", "b", "c", "*"), 4)
            from times in Gen.ArrayOf(Gen.Elements((0, 1), (1, 1), (1, 2), (2, 2)), 4)
            from done in Gen.Choose(0, 7).SelectMany(count => Gen.ArrayOf(Gen.Elements("a", "b", "c", "d"), count))
            select (expected, times, done)),
        given =>
        {
            Blueprint blueprint = new(
            [
                .. given.expected.Zip(given.times, (label, times) =>
                    new BlueprintStep("k", "n") { Kind = "curing_unit", Label = label == "*" ? null : label, TimesMin = times.Item1, TimesMax = times.Item2 }),
            ]);
            DoneStep[] done = Flows.InOrder(given.done);
            string[] places = [.. given.expected.Zip(given.times, (label, times) => Enumerable.Repeat(label, times.Item2)).SelectMany(label => label)];
            var aligned = Alignment.Of(blueprint, done);
            int inOrder = done.Count(step => !aligned.IsOutOfOrder(step) && !aligned.Extra.Contains(step));
            return inOrder == Longest(places, given.done);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Capital_and_small_letters_and_blanks_around_are_all_the_same()
    {
        var aligned = Alignment.Of(Flows.Blueprint("Final Cure "), Flows.InOrder(" final cURE"));
        (aligned.Met[0].Count, aligned.LastMet).ShouldBe((1, 0));
    }

    [Fact]
    public void A_model_or_a_kind_must_be_the_device_s()
    {
        DoneStep step = Flows.Done("a", 0);
        Alignment.Fits(new BlueprintStep("k", "n") { Model = Flows.Model }, step).ShouldBeTrue();
        Alignment.Fits(new BlueprintStep("k", "n") { Model = Guid.Empty }, step).ShouldBeFalse();
        Alignment.Fits(new BlueprintStep("k", "n") { Kind = "curing_unit", Label = "A" }, step).ShouldBeTrue();
        Alignment.Fits(new BlueprintStep("k", "n") { Kind = "mill" }, step).ShouldBeFalse();
        Alignment.Fits(new BlueprintStep("k", "n") { Kind = "curing_unit", Label = "b" }, step).ShouldBeFalse();
    }

    [Fact]
    public void What_need_not_be_done_takes_no_step_from_what_must()
    {
        Blueprint blueprint = new([Flows.Expected("a") with { Key = "first", TimesMin = 0, TimesMax = 2 }, Flows.Expected("a"), Flows.Expected("b") with { TimesMin = 0 }]);
        CountsOf(blueprint, "a").ShouldBe([0, 1, 0]);
        CountsOf(blueprint, "a", "a", "b").ShouldBe([1, 1, 1]);
        CountsOf(blueprint, "a", "a", "a").ShouldBe([2, 1, 0]);
    }

    [Fact]
    public void What_was_done_at_the_wrong_place_stands_among_what_met_it_by_its_time()
    {
        Blueprint blueprint = new([Flows.Expected("a"), Flows.Expected("c"), Flows.Expected("b") with { TimesMin = 2, TimesMax = 2 }]);
        DoneStep[] done = Flows.InOrder("b", "a", "c", "b");
        var aligned = Alignment.Of(blueprint, done);
        aligned.Met[2].ShouldBe([done[0], done[3]]);
        (aligned.IsOutOfOrder(done[0]), aligned.IsOutOfOrder(done[3])).ShouldBe((true, false));
    }

    [Fact]
    public void Of_steps_that_began_at_once_the_ids_make_the_order()
    {
        DoneStep[] both = [.. ((DoneStep[])[Flows.Done("a", 0), Flows.Done("a", 0)]).OrderBy(step => step.Id.Value)];
        foreach (DoneStep[] given in (DoneStep[][])[both, [both[1], both[0]]])
        {
            var aligned = Alignment.Of(Flows.Blueprint("a"), given);
            (aligned.Met[0].ShouldHaveSingleItem(), aligned.Extra.ShouldHaveSingleItem()).ShouldBe((both[0], both[1]));
        }
    }

    private static int[] CountsOf(Blueprint blueprint, params string[] done) => [.. Alignment.Of(blueprint, Flows.InOrder(done)).Met.Select(met => met.Count)];

    /// <summary>Every choice of the steps is tried.</summary>
    private static int Longest(string[] places, string[] done) => Enumerable.Range(0, 1 << done.Length)
        .Select(choice => done.Where((_, i) => (choice & (1 << i)) != 0).ToArray())
        .Where(chosen => IsWithin(chosen, places)).Max(chosen => chosen.Length);

    private static bool IsWithin(string[] chosen, string[] places)
    {
        int found = 0;
        foreach (string place in places)
            if (found < chosen.Length && (place == "*" || place == chosen[found])) found++;
        return found == chosen.Length;
    }
}
