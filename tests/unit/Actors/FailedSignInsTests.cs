using Shouldly;
using StepCloud.Actors.Users;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

/// <summary>However somebody guesses, the record stays small, and its counts add up.</summary>
public sealed class FailedSignInsTests
{
    private readonly FakeClock _clock = new();
    private readonly FailedSignIns _failed;

    public FailedSignInsTests() => _failed = new FailedSignIns(_clock);

    [Fact]
    public void The_first_of_an_address_is_recorded_at_once_and_the_rest_of_its_minute_with_the_next()
    {
        _failed.Failed("a").ShouldBe(1);
        for (int n = 0; n < 5; n++) _failed.Failed("a").ShouldBeNull();
        _failed.Failed("b").ShouldBe(6, "the five that were held back, and this one");
        _clock.Advance(TimeSpan.FromSeconds(59));
        _failed.Failed("a").ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _failed.Failed("a").ShouldBe(2);
    }

    [Fact]
    public void Any_number_of_addresses_has_ten_entries_a_minute_and_none_is_forgotten()
    {
        List<int?> recorded = [];
        for (int minute = 0; minute < 3; minute++)
        {
            for (int n = 0; n < 1000; n++) recorded.Add(_failed.Failed($"{minute}:{n}"));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        recorded.Count(count => count is not null).ShouldBe(3 * FailedSignIns.EntriesPerMinuteMax);
        (recorded.Sum(count => count ?? 0) + _failed.TakeUnrecorded()).ShouldBe(3000);
        _failed.TakeUnrecorded().ShouldBe(0);
    }
}
