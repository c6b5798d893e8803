using Shouldly;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Pairing;

public sealed class PairingDecisionTests
{
    private static readonly DateTimeOffset Now = FakeClock.Start;

    private static readonly PairingState Fresh = new(Now.AddMinutes(10), IsApproved: null, TimeSpan.FromSeconds(5), LastPolledAt: null);

    [Fact]
    public void A_code_that_there_is_not_is_unknown() => PairingDecisions.Decide(null, Now).ShouldBe(PairingVerdict.Unknown);

    [Theory]
    [InlineData(0, PairingVerdict.SlowDown)]
    [InlineData(3.9, PairingVerdict.SlowDown)]
    [InlineData(4, PairingVerdict.Pending)]
    [InlineData(60, PairingVerdict.Pending)]
    public void Only_a_poll_before_its_time_is_told_to_slow_down(double secondsSince, PairingVerdict verdict) =>
        PairingDecisions.Decide(Fresh with { LastPolledAt = Now.AddSeconds(-secondsSince) }, Now).ShouldBe(verdict);

    [Fact]
    public void The_first_poll_may_come_at_once() => PairingDecisions.Decide(Fresh, Now).ShouldBe(PairingVerdict.Pending);

    [Theory]
    [InlineData(true, PairingVerdict.Redeem)]
    [InlineData(false, PairingVerdict.Denied)]
    public void What_was_decided_is_told_however_soon_somebody_asks(bool isApproved, PairingVerdict verdict) =>
        PairingDecisions.Decide(Fresh with { IsApproved = isApproved, LastPolledAt = Now }, Now).ShouldBe(verdict);

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)]
    public void After_its_time_a_code_is_expired_whatever_was_decided(bool? isApproved)
    {
        PairingState state = Fresh with { IsApproved = isApproved };
        PairingDecisions.Decide(state, state.ExpiresAt).ShouldBe(PairingVerdict.Expired);
        PairingDecisions.Decide(state, state.ExpiresAt.AddTicks(-1)).ShouldNotBe(PairingVerdict.Expired);
    }
}
