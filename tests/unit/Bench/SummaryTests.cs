using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Bench.Frame;
using Xunit;

namespace StepCloud.Tests.Unit.Bench;

public sealed class SummaryTests
{
    [Theory]
    [InlineData(new[] { 7.0 }, 7)]
    [InlineData(new[] { 9.0, 1.0, 2.0 }, 2)]
    [InlineData(new[] { 4.0, 1.0, 100.0, 2.0 }, 3)]
    public void The_median_is_the_middle_round_or_between_the_two_in_the_middle(double[] rounds, double median) =>
        Summary.Of(rounds).Median.ShouldBe(median);

    [Fact]
    public void The_spread_is_the_distance_of_the_best_and_the_worst_round_as_a_part_of_the_median()
    {
        var summary = Summary.Of([110, 100, 90]);
        summary.ShouldSatisfyAllConditions(() => summary.Min.ShouldBe(90), () => summary.Max.ShouldBe(110), () => summary.Spread.ShouldBe(0.2, 1e-12));
        Summary.Of([0, 0]).Spread.ShouldBe(0);
    }

    [Fact]
    public void Neither_median_nor_spread_depend_on_the_order_of_the_rounds() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<int>>(),
        given =>
        {
            double[] rounds = [.. given.Get.Select(static value => (double)value)];
            var summary = Summary.Of(rounds);
            var reversed = Summary.Of([.. rounds.Reverse()]);
            return summary.Median == reversed.Median && summary.Spread == reversed.Spread
                && rounds.Count(value => value <= summary.Median) * 2 >= rounds.Length && rounds.Count(value => value >= summary.Median) * 2 >= rounds.Length;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_ratio_compares_each_round_with_the_one_beside_it()
    {
        // The machine was twice as fast in the second round, and half as fast in the third: for both alike.
        Summary.RatioOf([200, 400, 100], [100, 200, 50]).ShouldBe(2);
        // The medians, 400 and 200, would say 2; the rounds say 4, 2 and 3.
        Summary.RatioOf([400, 400, 900], [100, 200, 300]).ShouldBe(3);
    }

    [Fact]
    public void There_is_no_ratio_to_nothing()
    {
        Summary.RatioOf([1, 2], [1, 0]).ShouldBeNull();
        Summary.RatioOf([1, 2], [1]).ShouldBeNull();
    }

    [Fact]
    public void No_rounds_have_no_summary() => Should.Throw<ArgumentException>(() => Summary.Of([]));
}
