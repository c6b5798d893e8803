using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Load;

/// <summary>Steps of a whole day that was spent without the server: the ids of each gateway go evenly from a day ago to now.</summary>
internal sealed class BacklogTraffic(IReadOnlyList<SignedInGateway> gateways, int stepsEach, int bytes, TimeProvider time)
    // The steps' own time is the day's middle: an id may be a day away from it.
    : StepTraffic(gateways, time, time.GetUtcNow() - (s_day / 2), head => Fill(head, bytes - HeadBytes))
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _begin = time.GetUtcNow() - s_day;
    private readonly int[] _made = new int[gateways.Count];

    /// <summary>The earliest time of an id.</summary>
    public DateTimeOffset Begin => _begin;

    protected override DateTimeOffset TimeOf(int publisher) => _begin + (s_day * (_made[publisher]++ % stepsEach) / stepsEach);
}
