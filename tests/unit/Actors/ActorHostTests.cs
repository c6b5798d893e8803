using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using StepCloud.Actors.Hosting;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class ActorHostTests
{
    private readonly FakeClock _clock = new();
    private readonly List<Counter> _made = [];
    private readonly ActorDirectory<string, Counter> _counters;

    public ActorHostTests() => _counters = new ActorDirectory<string, Counter>(
        "counter",
        _ =>
        {
            _made.Add(new Counter());
            return _made[^1];
        },
        new ActorHostOptions { WaitingCallsMax = 1000 }, new ActorMetrics(), _clock, NullLogger.Instance);

    [Fact]
    public async Task Calls_to_one_actor_run_one_by_one()
    {
        int[] results = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Task.Run(() => IncrementAsync("a"))));
        results.Order().ShouldBe(Enumerable.Range(1, 500));
        _made.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Actors_of_different_keys_do_not_wait_for_each_other()
    {
        TaskCompletionSource<int> release = new();
        Task<int> held = _counters.CallAsync("a", (_, _) => release.Task, CancellationToken.None);
        (await IncrementAsync("b")).ShouldBe(1);
        held.IsCompleted.ShouldBeFalse();
        release.SetResult(7);
        (await held).ShouldBe(7);
    }

    [Fact]
    public async Task An_idle_actor_is_let_go_and_made_anew_at_its_next_call()
    {
        await IncrementAsync("a");
        await _counters.EndIdleAsync(CancellationToken.None);
        _counters.Count.ShouldBe(1, "it was called just now");

        _clock.Advance(TimeSpan.FromHours(1));
        await _counters.EndIdleAsync(CancellationToken.None);
        _counters.Count.ShouldBe(0);
        _made[0].Deactivations.ShouldBe(1);

        (await IncrementAsync("a")).ShouldBe(1);
        _made.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Letting_go_and_calling_at_once_never_makes_two_of_a_key()
    {
        using CancellationTokenSource done = new();
        Task sweeping = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                _clock.Advance(TimeSpan.FromHours(1));
                await _counters.EndIdleAsync(CancellationToken.None);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 800).Select(_ => Task.Run(() => IncrementAsync("a"))));
        await done.CancelAsync();
        await sweeping;

        _made.Sum(counter => counter.Value).ShouldBe(800);
        _made.ShouldAllBe(counter => !counter.Overlapped && !counter.CalledAfterItsEnd);
    }

    [Fact]
    public async Task An_activation_that_fails_is_tried_again_at_the_next_call()
    {
        Counter.FailActivationsOf = this;
        ActorDirectory<string, Counter> failing = new("counter", _ => new Counter { Owner = this }, new ActorHostOptions(), new ActorMetrics(), _clock, NullLogger.Instance);
        await Should.ThrowAsync<TimeoutException>(() => failing.CallAsync("a", (counter, _) => counter.IncrementAsync(), CancellationToken.None));
        Counter.FailActivationsOf = null;
        (await failing.CallAsync("a", (counter, _) => counter.IncrementAsync(), CancellationToken.None)).ShouldBe(1);
    }

    [Fact]
    public async Task A_call_that_throws_leaves_the_actor_as_it_is()
    {
        await IncrementAsync("a");
        await Should.ThrowAsync<FormatException>(() => _counters.CallAsync<int>("a", (_, _) => throw new FormatException(), CancellationToken.None));
        (await IncrementAsync("a")).ShouldBe(2);
    }

    [Fact]
    public async Task An_actor_whose_state_was_written_by_another_is_made_anew()
    {
        await IncrementAsync("a");
        await Should.ThrowAsync<ActorStateConflictException>(
            () => _counters.CallAsync<int>("a", (_, _) => throw new ActorStateConflictException(), CancellationToken.None));
        (await IncrementAsync("a")).ShouldBe(1);
        _made[0].Deactivations.ShouldBe(0, "what it held must not be written");
    }

    [Fact]
    public async Task Too_many_waiting_calls_are_told_so()
    {
        TaskCompletionSource<int> release = new();
        Task<int>[] held = [.. Enumerable.Range(0, 1000).Select(_ => _counters.CallAsync("a", (_, _) => release.Task, CancellationToken.None))];
        await Should.ThrowAsync<ActorBusyException>(() => IncrementAsync("a"));
        release.SetResult(0);
        await Task.WhenAll(held);
        (await IncrementAsync("a")).ShouldBe(1);
    }

    [Fact]
    public async Task After_the_stop_no_call_is_taken()
    {
        await IncrementAsync("a");
        await _counters.StopAsync(CancellationToken.None);
        _made[0].Deactivations.ShouldBe(1);
        await Should.ThrowAsync<ObjectDisposedException>(() => IncrementAsync("a"));
    }

    private Task<int> IncrementAsync(string key) => _counters.CallAsync(key, (counter, _) => counter.IncrementAsync(), CancellationToken.None);

    internal sealed class Counter : IActivated
    {
        private bool _inside;
        private bool _ended;

        public static object? FailActivationsOf { get; set; }

        public object? Owner { get; init; }

        public int Value { get; private set; }

        public int Deactivations { get; private set; }

        public bool Overlapped { get; private set; }

        public bool CalledAfterItsEnd { get; private set; }

        public Task ActivateAsync(CancellationToken cancellationToken) =>
            Owner is not null && FailActivationsOf == Owner ? throw new TimeoutException() : Task.CompletedTask;

        public Task DeactivateAsync(CancellationToken cancellationToken)
        {
            _ended = true;
            Deactivations++;
            return Task.CompletedTask;
        }

        public async Task<int> IncrementAsync()
        {
            Overlapped |= _inside;
            CalledAfterItsEnd |= _ended;
            _inside = true;
            int next = Value + 1;
            await Task.Yield();
            Value = next;
            _inside = false;
            return next;
        }
    }
}
