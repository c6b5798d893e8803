namespace StepCloud.Tests.Api.Http;

/// <summary>The machine's clock, which a test can set ahead: minutes pass at once, and timers go on as they do.</summary>
internal sealed class AheadClock : TimeProvider
{
    private long _aheadTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _aheadTicks));

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Interlocked.Read(ref _aheadTicks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _aheadTicks, by.Ticks);
}
