using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class GatheredReadsTests
{
    [Fact]
    public async Task What_is_asked_for_while_a_question_is_under_way_is_asked_for_together()
    {
        List<int[]> questions = [];
        TaskCompletionSource first = new();
        GatheredReads<int, string> reads = new(async keys =>
        {
            questions.Add([.. keys.Order()]);
            if (questions.Count == 1) await first.Task;
            return keys.ToDictionary(key => key, key => $"{key}");
        }, TimeProvider.System);

        Task<string?> one = reads.FindAsync(1, CancellationToken.None);
        while (questions.Count == 0) await Task.Yield();
        Task<string?>[] others = [.. new[] { 2, 3, 1, 3 }.Select(key => reads.FindAsync(key, CancellationToken.None))];
        first.SetResult();

        (await one).ShouldBe("1");
        (await Task.WhenAll(others)).ShouldBe(["2", "3", "1", "3"]);
        questions.Count.ShouldBe(2);
        questions[1].ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_question_that_fails_fails_for_its_askers_alone()
    {
        bool broken = true;
        GatheredReads<int, string> reads = new(keys => broken
            ? throw new InvalidOperationException("away")
            : Task.FromResult<IReadOnlyDictionary<int, string>>(keys.ToDictionary(key => key, key => $"{key}")), TimeProvider.System);

        await Should.ThrowAsync<InvalidOperationException>(() => reads.FindAsync(1, CancellationToken.None));
        broken = false;

        (await reads.FindAsync(1, CancellationToken.None)).ShouldBe("1");
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_others_their_answer()
    {
        TaskCompletionSource go = new();
        GatheredReads<int, string> reads = new(async keys =>
        {
            await go.Task;
            return keys.ToDictionary(key => key, key => $"{key}");
        }, TimeProvider.System);
        using CancellationTokenSource giveUp = new();

        Task<string?> impatient = reads.FindAsync(1, giveUp.Token), patient = reads.FindAsync(1, CancellationToken.None);
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => impatient);
        go.SetResult();

        (await patient).ShouldBe("1");
    }

    [Fact]
    public async Task Many_questions_that_hang_do_not_hold_up_the_next_ones_for_ever()
    {
        TaskCompletionSource hanging = new();
        int begun = 0;
        GatheredReads<int, string> reads = new(async keys =>
        {
            Interlocked.Increment(ref begun);
            if (!keys.Contains(0)) await hanging.Task;
            return keys.ToDictionary(key => key, key => $"{key}");
        }, TimeProvider.System);

        for (int i = 1; i <= 5; i++)
        {
            _ = reads.FindAsync(i, CancellationToken.None);
            while (Volatile.Read(ref begun) < i) await Task.Delay(10);
        }

        (await reads.FindAsync(0, CancellationToken.None)).ShouldBe("0");
        hanging.SetResult();
    }

    [Fact]
    public async Task A_question_that_hangs_does_not_hold_up_the_next_ones()
    {
        TaskCompletionSource begun = new(), hanging = new();
        GatheredReads<int, string> reads = new(async keys =>
        {
            begun.TrySetResult();
            if (keys.Contains(1)) await hanging.Task;
            return keys.ToDictionary(key => key, key => $"{key}");
        }, TimeProvider.System);

        Task<string?> first = reads.FindAsync(1, CancellationToken.None);
        await begun.Task;
        (await reads.FindAsync(2, CancellationToken.None)).ShouldBe("2");
        (await reads.FindAsync(3, CancellationToken.None)).ShouldBe("3");

        first.IsCompleted.ShouldBeFalse();
        hanging.SetResult();
        (await first).ShouldBe("1");
    }
}
