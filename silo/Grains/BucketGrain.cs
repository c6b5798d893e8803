using StepCloud.Api.Http.Protection;

namespace StepCloud.Silo.Grains;

public interface IBucketGrain : IGrainWithStringKey
{
    Task<Drawn> DrawAsync(int perPeriod, TimeSpan period, int wanted);
}

/// <summary>As <see cref="BucketDraw"/>, for the way.</summary>
[GenerateSerializer, Immutable]
public sealed record Drawn([property: Id(0)] int Granted, [property: Id(1)] int Left, [property: Id(2)] TimeSpan RetryAfter);

/// <summary>A token bucket for all nodes. Nothing of it is kept: when its node dies it begins full, which lets through one bucket more.</summary>
internal sealed class BucketGrain(TimeProvider clock) : Grain, IBucketGrain
{
    private double? _tokens;
    private long _filledAt;

    public Task<Drawn> DrawAsync(int perPeriod, TimeSpan period, int wanted)
    {
        long now = clock.GetTimestamp();
        _tokens = _tokens is { } tokens ? Math.Min(perPeriod, tokens + (perPeriod * (clock.GetElapsedTime(_filledAt, now) / period))) : perPeriod;
        _filledAt = now;
        int granted = Math.Min(wanted, (int)_tokens);
        _tokens -= granted;
        return Task.FromResult(new Drawn(granted, (int)_tokens, granted > 0 ? TimeSpan.Zero : (1 - _tokens.Value) / perPeriod * period));
    }
}

/// <summary>The buckets in the cluster.</summary>
internal sealed class ClusterBuckets(IGrainFactory grains) : ISharedBuckets
{
    public async Task<BucketDraw> DrawAsync(string key, int perPeriod, TimeSpan period, int wanted)
    {
        Drawn drawn = await grains.GetGrain<IBucketGrain>(key).DrawAsync(perPeriod, period, wanted);
        return new BucketDraw(drawn.Granted, drawn.Left, drawn.RetryAfter);
    }
}
