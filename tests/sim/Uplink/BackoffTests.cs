using Shouldly;
using StepCloud.GatewaySim.Uplink;
using Xunit;

namespace StepCloud.Tests.Sim.Uplink;

public sealed class BackoffTests
{
    [Fact]
    public void Each_wait_lies_in_the_upper_half_of_a_step_that_doubles_up_to_the_most()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Backoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(seed));
            foreach (double step in (double[])[1, 2, 4, 8, 16, 30, 30, 30])
                backoff.Next().TotalSeconds.ShouldBeInRange(step / 2, step);
        }
    }

    [Fact]
    public void It_stays_at_the_most_for_ever_and_begins_anew_after_a_reset()
    {
        Backoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(1));
        for (int i = 0; i < 5000; i++)
            backoff.Next();
        backoff.Next().TotalSeconds.ShouldBeInRange(15, 30);

        backoff.Reset();
        backoff.Next().TotalSeconds.ShouldBeInRange(0.5, 1);
    }

    [Fact]
    public void Gateways_that_lost_the_server_together_come_back_apart() =>
        Enumerable.Range(0, 50).Select(seed => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(seed)).Next())
            .Distinct().Count().ShouldBeGreaterThan(40);
}
