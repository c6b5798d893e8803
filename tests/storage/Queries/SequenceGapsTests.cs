using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SequenceGapsTests : StepStoreTests
{
    [Fact]
    public async Task What_is_missing_is_told_and_a_step_that_comes_late_fills_its_gap()
    {
        await CountAsync(3, 4, 5, 8, 10, 11);
        SequenceLook look = await FindAsync();
        (look.First, look.Last, look.IsMore).ShouldBe((3, 11, false));
        look.Gaps.Select(gap => (gap.First, gap.Last)).ShouldBe([(6, 7), (9, 9)]);

        await CountAsync(9, 7);
        SequenceGap left = (await FindAsync()).Gaps.ShouldHaveSingleItem();
        (left.First, left.Last).ShouldBe((6, 6));
    }

    [Fact]
    public async Task Who_does_not_count_has_none_and_who_counts_twice_or_to_the_end_is_no_matter()
    {
        await Store.AppendAsync(TestSteps.Step(Store.Device));
        (await FindAsync()).ShouldSatisfyAllConditions(look => look.First.ShouldBeNull(), look => look.Gaps.ShouldBeEmpty());
        await CountAsync(0, 0, 1, 1, long.MaxValue);
        (await FindAsync()).Gaps.Select(gap => (gap.First, gap.Last)).ShouldBe([(2, long.MaxValue - 1)]);
    }

    [Fact]
    public async Task Many_gaps_are_told_in_looks_that_neither_lack_nor_repeat()
    {
        long[] numbers = [.. Enumerable.Range(0, 2500).Select(n => n % 5 == 4 ? (3L * n) + 1 : 3L * n)];
        await CountAsync(numbers);
        List<(long, long)> found = [];
        long after = -1;
        for (bool isMore = true; isMore;)
        {
            SequenceLook look = await FindAsync(after);
            found.AddRange(look.Gaps.Select(gap => (gap.First, gap.Last)));
            after = look.Last!.Value - 1;
            isMore = look.IsMore;
        }

        found.ShouldBe(numbers.Zip(numbers.Skip(1)).Where(pair => pair.Second - pair.First > 1).Select(pair => (pair.First + 1, pair.Second - 1)));
    }

    [Fact]
    public async Task Another_organization_sees_none()
    {
        await CountAsync(1, 5);
        (await new SequenceGaps(new StepCloudDatabase(Database.Source, TimeProvider.System))
            .FindAsync(OrganizationId.New(TimeProvider.System), Store.Origin.Gateway, -1, CancellationToken.None)).First.ShouldBeNull();
    }

    private async Task CountAsync(params long[] numbers)
    {
        foreach (long[] some in numbers.Chunk(500))
        {
            (await Store.AppendAsync([.. some.Select(number => TestSteps.Step(Store.Device, series: []) with { Sequence = number })]))
                .ShouldAllBe(outcome => outcome is StepOutcome.Stored);
        }
    }

    private Task<SequenceLook> FindAsync(long after = -1) => new SequenceGaps(new StepCloudDatabase(Database.Source, TimeProvider.System))
        .FindAsync(Store.Origin.Organization, Store.Origin.Gateway, after, CancellationToken.None);
}
