using System.Threading.RateLimiting;

namespace StepCloud.Api.Http.Protection;

/// <summary>Token buckets that all nodes of a cluster draw from. Without them, in one process, the framework's own are enough.</summary>
public interface ISharedBuckets
{
    /// <summary>Takes some out of a bucket that is filled evenly.</summary>
    /// <param name="key">Whose it is.</param>
    /// <param name="perPeriod">What it holds at most, and gets in a period.</param>
    /// <param name="period">In which an empty one is full again.</param>
    /// <param name="wanted">What is asked for.</param>
    Task<BucketDraw> DrawAsync(string key, int perPeriod, TimeSpan period, int wanted);
}

/// <param name="Granted">As many as there were, up to what was asked for.</param>
/// <param name="Left">What is in it after that.</param>
/// <param name="RetryAfter">Until there is one again, when nothing was granted.</param>
public sealed record BucketDraw(int Granted, int Left, TimeSpan RetryAfter);

/// <summary>One node's hold on a shared bucket: it draws some at a time, so that not each request asks another node.</summary>
/// <remarks>What it has drawn and not used within a moment is forgotten: nobody is let through more often than the bucket says, and a little less often at worst.</remarks>
internal sealed class SharedBucketLimiter(string key, int perPeriod, TimeSpan period, ISharedBuckets buckets, TimeProvider clock) : RateLimiter
{
    /// <summary>What is drawn at a time is this part of a bucket: so far may the nodes be from the truth together, times their number.</summary>
    private const int DrawPart = 25;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TokenBucketRateLimiter? _alone;
    private int _drawn;
    private int? _left;
    private long _drawnAt = clock.GetTimestamp();
    private long _usedAt = clock.GetTimestamp();

    public override TimeSpan? IdleDuration => clock.GetElapsedTime(Volatile.Read(ref _usedAt));

    public override RateLimiterStatistics GetStatistics()
    {
        lock (_lock) return new RateLimiterStatistics { CurrentAvailablePermits = _drawn + (_left ?? perPeriod) };
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => TryTake(permitCount) ? BucketLease.Granted : BucketLease.Refused(null);

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _usedAt, clock.GetTimestamp());
        if (TryTake(permitCount)) return BucketLease.Granted;
        BucketDraw draw;
        try
        {
            draw = await buckets.DrawAsync(key, perPeriod, period, Math.Max(permitCount, perPeriod / DrawPart)).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The node that has the bucket is gone; another will have it in a moment. Until then each node has a bucket of its own.
            return Alone().AttemptAcquire(permitCount);
        }

        lock (_lock)
        {
            _left = draw.Left;
            _drawnAt = clock.GetTimestamp();
            if (_drawn + draw.Granted < permitCount) return BucketLease.Refused(draw.RetryAfter);
            _drawn += draw.Granted - permitCount;
            return BucketLease.Granted;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _alone?.Dispose();
        base.Dispose(disposing);
    }

    private TokenBucketRateLimiter Alone()
    {
        lock (_lock)
        {
            return _alone ??= new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
            {
                TokenLimit = perPeriod, TokensPerPeriod = perPeriod, ReplenishmentPeriod = period, QueueLimit = 0, AutoReplenishment = true,
            });
        }
    }

    private bool TryTake(int permitCount)
    {
        lock (_lock)
        {
            if (clock.GetElapsedTime(_drawnAt) > KeptFor) _drawn = 0;
            if (_drawn < permitCount) return false;
            _drawn -= permitCount;
            return true;
        }
    }
}

/// <summary>Lets nothing be taken without waiting: a try that fails at the last of several buckets would have taken from the others.</summary>
internal sealed class WaitingLimiter<T>(PartitionedRateLimiter<T> inner) : PartitionedRateLimiter<T>
{
    public override RateLimiterStatistics? GetStatistics(T resource) => inner.GetStatistics(resource);

    protected override RateLimitLease AttemptAcquireCore(T resource, int permitCount) => BucketLease.Refused(null);

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(T resource, int permitCount, CancellationToken cancellationToken) =>
        inner.AcquireAsync(resource, permitCount, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>It holds nothing: what was taken is used up.</summary>
internal sealed class BucketLease(bool isAcquired, TimeSpan? retryAfter) : RateLimitLease
{
    public static readonly BucketLease Granted = new(true, null);

    public override bool IsAcquired => isAcquired;

    public override IEnumerable<string> MetadataNames => retryAfter is null ? [] : [MetadataName.RetryAfter.Name];

    public static BucketLease Refused(TimeSpan? retryAfter) => new(false, retryAfter);

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = retryAfter;
        return retryAfter is not null && metadataName == MetadataName.RetryAfter.Name;
    }
}
