using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Storage.Series;
using Xunit;

namespace StepCloud.Tests.Storage.Series;

/// <summary>What is found at a place is what sorting would put there.</summary>
public sealed class RankingTests
{
    private static readonly Gen<(long[] Values, int Rank)> Cases =
        from length in Gen.Frequency((3, Gen.Choose(1, 40)), (2, Gen.Choose(100, 2000)))
        from values in Gen.OneOf(
            Gen.Choose(int.MinValue, int.MaxValue).Select(n => (long)n).ArrayOf(length),
            Gen.Choose(0, 3).Select(n => (long)n).ArrayOf(length),
            Gen.Constant(Enumerable.Range(0, length).Select(n => (long)n).ToArray()),
            Gen.Constant(Enumerable.Range(0, length).Select(n => (long)-n).ToArray()),
            Gen.Constant(Enumerable.Range(0, length).Select(n => (long)Math.Min(n, length - n)).ToArray()),
            Gen.Constant(new long[length]))
        from rank in Gen.Choose(0, length - 1)
        select (values, rank);

    [Fact]
    public void A_value_comes_to_the_place_that_it_has_among_all() =>
        Prop.ForAll(Cases.ToArbitrary(), one =>
        {
            long[] values = [.. one.Values];
            long[] sorted = [.. one.Values.Order()];
            Ranking.MoveToPlace(values.AsSpan(), one.Rank).ShouldBe(sorted[one.Rank]);
            values[one.Rank].ShouldBe(sorted[one.Rank]);
            values[..one.Rank].ShouldAllBe(value => value <= sorted[one.Rank]);
            values[one.Rank..].ShouldAllBe(value => value >= sorted[one.Rank]);
            values.Order().ShouldBe(sorted);
        }).QuickCheckThrowOnFailure();

    /// <summary>Numbers that make the middle of three the second greatest again and again (Musser, Introspective Sorting and Selection Algorithms, 1997).</summary>
    [Fact]
    public void Values_that_were_chosen_to_make_it_slow_are_ranked_all_the_same()
    {
        const int half = 4096;
        double[] values = [.. Enumerable.Range(0, half).Select(i => (double)(i % 2 == 0 ? i + 1 : half + i)), .. Enumerable.Range(1, half).Select(i => 2.0 * i)];
        double[] sorted = [.. values.Order()];
        foreach (int rank in (int[])[0, half / 3, half, values.Length - 1]) Ranking.MoveToPlace((double[])[.. values], rank).ShouldBe(sorted[rank]);
    }
}
