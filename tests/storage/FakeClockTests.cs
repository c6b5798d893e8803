using Shouldly;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Other tests stand on this clock.</summary>
public sealed class FakeClockTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void It_stands_still_until_it_is_advanced()
    {
        long before = _clock.GetTimestamp();
        _clock.GetUtcNow().ShouldBe(FakeClock.Start);

        _clock.Advance(TimeSpan.FromSeconds(90));

        _clock.GetUtcNow().ShouldBe(FakeClock.Start.AddSeconds(90));
        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public void Timers_fire_in_their_order_each_at_its_own_time()
    {
        List<(string Timer, double Second)> fired = [];
        using ITimer late = Timer("late", TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using ITimer often = Timer("often", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        using ITimer never = Timer("never", TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        never.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(6.5));

        fired.ShouldBe([("often", 2), ("often", 4), ("late", 5), ("often", 6)]);

        ITimer Timer(string name, TimeSpan due, TimeSpan period) =>
            _clock.CreateTimer(_ => fired.Add((name, (_clock.GetUtcNow() - FakeClock.Start).TotalSeconds)), null, due, period);
    }

    [Fact]
    public async Task Delays_and_time_outs_of_the_class_library_follow_it()
    {
        Task delay = Task.Delay(TimeSpan.FromMinutes(1), _clock);
        using CancellationTokenSource timeout = new(TimeSpan.FromMinutes(2), _clock);
        _clock.TimersWaiting.ShouldBe(2);

        _clock.Advance(TimeSpan.FromMinutes(1));
        await delay;
        timeout.IsCancellationRequested.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromMinutes(1));
        timeout.IsCancellationRequested.ShouldBeTrue();
        _clock.TimersWaiting.ShouldBe(0);
    }
}
