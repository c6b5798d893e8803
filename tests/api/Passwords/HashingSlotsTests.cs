using Shouldly;
using StepCloud.Api.Passwords;
using Xunit;

namespace StepCloud.Tests.Api.Passwords;

public sealed class HashingSlotsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HashingSlots _slots = new(parallelMax: 2, queueMax: 3);
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _mayEnd = new(0);
    private int _running;
    private int _runningMost;

    [Fact]
    public async Task Two_run_at_a_time_three_wait_and_the_sixth_is_told_that_it_is_busy()
    {
        Task<int>[] admitted = [.. Enumerable.Range(0, 5).Select(Run)];
        await BegunAsync(2);
        await Should.ThrowAsync<HashingBusyException>(Run(5));

        _mayEnd.Release(5);
        (await Task.WhenAll(admitted)).ShouldBe([0, 1, 2, 3, 4]);
        _runningMost.ShouldBe(2);
    }

    [Fact]
    public async Task A_turn_that_ends_lets_the_next_one_in()
    {
        Task<int>[] admitted = [.. Enumerable.Range(0, 5).Select(Run)];
        await BegunAsync(2);
        _mayEnd.Release();
        (await Task.WhenAny(admitted)).IsCompletedSuccessfully.ShouldBeTrue();
        await BegunAsync(1);

        Task<int> another = Run(5);
        _mayEnd.Release(5);
        await Task.WhenAll([.. admitted, another]);
        _runningMost.ShouldBe(2);
    }

    [Fact]
    public async Task Work_that_throws_gives_its_turn_back()
    {
        for (int i = 0; i < 10; i++)
            await Should.ThrowAsync<FormatException>(_slots.RunAsync<int>(() => throw new FormatException(), CancellationToken.None));
        _mayEnd.Release();
        (await Run(7)).ShouldBe(7);
    }

    [Fact]
    public async Task Who_waits_and_cancels_leaves_the_queue_at_once_and_makes_room()
    {
        using CancellationTokenSource cancellation = new();
        Task<int>[] running = [Run(0), Run(1)];
        await BegunAsync(2);
        bool ran = false;
        Task<bool>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => _slots.RunAsync(() => ran = true, cancellation.Token))];

        await cancellation.CancelAsync();
        foreach (Task<bool> cancelled in waiting)
            await Should.ThrowAsync<OperationCanceledException>(cancelled);
        Task<int>[] next = [Run(2), Run(3), Run(4)];

        _mayEnd.Release(5);
        (await Task.WhenAll([.. running, .. next])).ShouldBe([0, 1, 2, 3, 4]);
        ran.ShouldBeFalse();
    }

    [Fact]
    public async Task Work_that_has_begun_keeps_its_turn_to_its_end_and_is_then_cancelled()
    {
        using CancellationTokenSource cancellation = new();
        Task<int> begun = Run(0, cancellation.Token);
        await BegunAsync(1);
        await cancellation.CancelAsync();
        begun.IsCompleted.ShouldBeFalse();

        _mayEnd.Release();
        await Should.ThrowAsync<OperationCanceledException>(begun);
    }

    [Fact]
    public async Task The_work_is_done_on_no_thread_of_the_pool() =>
        (await _slots.RunAsync(() => Thread.CurrentThread.IsThreadPoolThread, CancellationToken.None)).ShouldBeFalse();

    public void Dispose()
    {
        _slots.Dispose();
        _begun.Dispose();
        _mayEnd.Dispose();
    }

    private Task<int> Run(int result) => Run(result, CancellationToken.None);

    private Task<int> Run(int result, CancellationToken cancellationToken) => _slots.RunAsync(
        () =>
        {
            int running = Interlocked.Increment(ref _running);
            InterlockedMax(ref _runningMost, running);
            _begun.Release();
            _mayEnd.Wait(Patience).ShouldBeTrue();
            Interlocked.Decrement(ref _running);
            return result;
        },
        cancellationToken);

    private async Task BegunAsync(int count)
    {
        for (int i = 0; i < count; i++)
            (await _begun.WaitAsync(Patience)).ShouldBeTrue();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is int now && now != seen)
            seen = now;
    }
}
