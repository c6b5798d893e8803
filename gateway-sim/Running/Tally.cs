namespace StepCloud.GatewaySim.Running;

/// <summary>What all gateways of this process have done so far. Counts only; exact at any moment that nothing is in flight.</summary>
public sealed class Tally
{
    private long _online;
    private long _made;
    private long _samples;
    private long _acknowledged;
    private long _refused;

    public long Online => Volatile.Read(ref _online);

    public long Made => Volatile.Read(ref _made);

    /// <summary>Values in the series of the steps that were made.</summary>
    public long Samples => Volatile.Read(ref _samples);

    /// <summary>Includes steps that an earlier process made and this one delivered.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public long Refused => Volatile.Read(ref _refused);

    public void CountMade(int samples)
    {
        Interlocked.Increment(ref _made);
        Interlocked.Add(ref _samples, samples);
    }

    /// <param name="steps">Negative for those that turned out to be refused after all.</param>
    public void CountAcknowledged(int steps) => Interlocked.Add(ref _acknowledged, steps);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountOnline(int change) => Interlocked.Add(ref _online, change);
}
