using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Http.Protection;

/// <summary>Marks a route that whoever comes may call again and again with a secret that cannot be guessed: it is held to a wider limit than attempts.</summary>
internal sealed class Renewal
{
    public static readonly Renewal Instance = new();
}

/// <summary>ASP.NET's rate limiter: by address, by holder, and tightly where somebody without a token may try secrets.</summary>
/// <remarks>A route that takes anonymous POSTs is held to the tight limit without being told so, so that a new one cannot be forgotten.</remarks>
internal static class RequestLimits
{
    private const string Header = "RateLimit";

    /// <summary>A bucket is filled in so many parts of its period.</summary>
    private const int PartsMax = 6;

    public static IServiceCollection AddRequestLimits(this IServiceCollection services)
    {
        services.AddOptions<RequestLimitOptions>().BindConfiguration(RequestLimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddRateLimiter(_ => { });
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, Configuration>();
        return services;
    }

    /// <summary>Tells with every answer how much is left: `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10.</summary>
    public static void UseRateLimitHeader(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // What is left after this request. When the answer begins, since a refusal or a fault begins the headers anew.
        context.Response.OnStarting(TellWhatIsLeft, context);
        return next(context);
    });

    private static Task TellWhatIsLeft(object state)
    {
        HttpContext context = (HttpContext)state;
        PartitionedRateLimiter<HttpContext> limiter = context.RequestServices.GetRequiredService<IOptions<RateLimiterOptions>>().Value.GlobalLimiter!;
        long left = limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0;
        context.Response.Headers[Header] = string.Create(CultureInfo.InvariantCulture, $"\"requests\";r={left};t={(IsAttempt(context) ? 60 / PartsMax : 1)}");
        return Task.CompletedTask;
    }

    private sealed class Configuration(IOptions<RequestLimitOptions> limits, IServiceProvider services) : IConfigureOptions<RateLimiterOptions>
    {
        public void Configure(RateLimiterOptions options)
        {
            RequestLimitOptions limit = limits.Value;
            TimeSpan second = TimeSpan.FromSeconds(1), minute = TimeSpan.FromMinutes(1);
            PartitionedRateLimiter<HttpContext> all = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(context => Bucket(context, AddressOf(context), limit.AddressPerSecond, second)),
                PartitionedRateLimiter.Create<HttpContext, string>(context => ByHolder(context, limit, second)),
                PartitionedRateLimiter.Create<HttpContext, string>(context => ByAttempt(context, limit, minute)));
            options.GlobalLimiter = services.GetService<ISharedBuckets>() is null ? all : new WaitingLimiter<HttpContext>(all);
            options.OnRejected = async (rejected, _) => await TooMany(rejected.HttpContext, rejected.Lease).ExecuteAsync(rejected.HttpContext);
        }
    }

    private static RateLimitPartition<string> ByHolder(HttpContext context, RequestLimitOptions limit, TimeSpan second) =>
        context.Features.Get<AccessToken>() is { } token
            ? Bucket(context, token.Holder.ToString(), token.HolderKind == HolderKind.Gateway ? limit.GatewayPerSecond : limit.UserPerSecond, second)
            : RateLimitPartition.GetNoLimiter("");

    private static RateLimitPartition<string> ByAttempt(HttpContext context, RequestLimitOptions limit, TimeSpan minute)
    {
        if (!IsAttempt(context)) return RateLimitPartition.GetNoLimiter("");
        bool isRenewal = context.GetEndpoint()!.Metadata.GetMetadata<Renewal>() is not null;
        return isRenewal
            ? Bucket(context, "renewal " + AddressOf(context), limit.RenewalsPerMinute, minute)
            : Bucket(context, "attempt " + AddressOf(context), limit.AttemptsPerMinute, minute);
    }

    private static bool IsAttempt(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    /// <summary>Filled evenly; in a cluster one for all nodes.</summary>
    private static RateLimitPartition<string> Bucket(HttpContext context, string key, int perPeriod, TimeSpan period)
    {
        if (context.RequestServices.GetService<ISharedBuckets>() is { } shared)
        {
            TimeProvider clock = context.RequestServices.GetRequiredService<TimeProvider>();
            return RateLimitPartition.Get<string>(key, _ => new SharedBucketLimiter(key, perPeriod, period, shared, clock));
        }

        return RateLimitPartition.GetTokenBucketLimiter(key, _ => BucketOf(perPeriod, period));
    }

    /// <summary>Filled in sixths of a period or every 100 ms, whichever is longer.</summary>
    public static TokenBucketRateLimiterOptions BucketOf(int perPeriod, TimeSpan period)
    {
        int parts = Math.Min(perPeriod, (int)Math.Min(PartsMax, period / TimeSpan.FromMilliseconds(100)));
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perPeriod, TokensPerPeriod = perPeriod / parts, ReplenishmentPeriod = period / parts, QueueLimit = 0, AutoReplenishment = true,
        };
    }

    private static string AddressOf(HttpContext context) => RemoteNetwork.Of(context.Connection.RemoteIpAddress);

    /// <summary>What is answered to a request that no bucket has room for.</summary>
    public static ProblemHttpResult TooMany(HttpContext context, RateLimitLease lease)
    {
        TimeSpan wait = lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan told) ? told : TimeSpan.FromSeconds(1);
        double seconds = Math.Max(1, Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Of(ProblemKinds.TooManyRequests, $"Try again in {seconds} s.", ("retry_after_seconds", seconds));
    }
}
