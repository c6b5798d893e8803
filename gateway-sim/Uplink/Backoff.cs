namespace StepCloud.GatewaySim.Uplink;

/// <summary>How long to wait before the next attempt: doubled after each failure, and spread, so that a shop's gateways do not all come at once.</summary>
/// <param name="first">About the wait after the first failure.</param>
/// <param name="max">No wait is longer.</param>
public sealed class Backoff(TimeSpan first, TimeSpan max, Random random)
{
    private int _failures;

    /// <summary>Between half of the step and the whole of it: never so short that failing becomes a tight loop.</summary>
    public TimeSpan Next()
    {
        double step = Math.Min(first.TotalSeconds * Math.Pow(2, _failures), max.TotalSeconds);
        _failures = Math.Min(_failures + 1, 30);
        return TimeSpan.FromSeconds(step * (0.5 + random.NextDouble() / 2));
    }

    public void Reset() => _failures = 0;
}
