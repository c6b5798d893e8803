using Shouldly;
using StepCloud.Actors.Gateways;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class ClockOffsetTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);

    private readonly ClockOffset _offset = new();

    [Fact]
    public void Without_a_message_there_is_no_estimate() => _offset.Estimate.ShouldBeNull();

    [Fact]
    public void It_is_the_least_difference_since_a_message_can_only_be_late()
    {
        Hear(0, behind: 4.5);
        Hear(1, behind: 4.25);
        Hear(2, behind: 90);
        _offset.Estimate.ShouldBe(TimeSpan.FromSeconds(4.25));
    }

    [Fact]
    public void A_clock_that_is_ahead_has_a_negative_offset()
    {
        Hear(0, behind: -30);
        _offset.Estimate.ShouldBe(TimeSpan.FromSeconds(-30));
    }

    [Fact]
    public void Messages_of_more_than_half_an_hour_ago_count_no_more()
    {
        Hear(0, behind: 1);
        for (int minute = 1; minute <= 40; minute++)
        {
            Hear(minute * 60, behind: 5);
            _offset.Estimate.ShouldBe(TimeSpan.FromSeconds(minute <= 30 ? 1 : 5), $"after {minute} minutes");
        }
    }

    [Fact]
    public void After_a_long_silence_only_what_is_new_counts()
    {
        Hear(0, behind: 1);
        Hear(100_000, behind: 7);
        _offset.Estimate.ShouldBe(TimeSpan.FromSeconds(7));
    }

    /// <param name="second">When it is received, since the start.</param>
    private void Hear(double second, double behind)
    {
        DateTimeOffset received = Start.AddSeconds(second);
        _offset.Add(received.AddSeconds(-behind), received);
    }
}
