using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace StepCloud.Api.Http.Protection;

/// <summary>What stands between the APIs and the network: limits, headers, origins, proxies.</summary>
internal static class ProtectionServices
{
    public static IServiceCollection AddProtection(this IServiceCollection services)
    {
        services.AddOptions<NetworkOptions>().BindConfiguration(NetworkOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IStartupFilter, ProxyEntry>();
        services.AddRequestLimits();
        services.AddCors();
        services.AddSingleton<IConfigureOptions<CorsOptions>, AllowedOrigins>();
        return services;
    }

    private sealed class AllowedOrigins(IOptions<NetworkOptions> network) : IConfigureOptions<CorsOptions>
    {
        // No credentials: tokens travel in a header that a page has to set, never in a cookie that a browser adds.
        public void Configure(CorsOptions options) => options.AddDefaultPolicy(policy => policy
            .WithOrigins(network.Value.AllowedOrigins)
            .WithHeaders(
                "Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Range", "If-Range", "If-None-Match", "Content-Digest",
                "Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum")
            .WithExposedHeaders(
                "ETag", "Location", "RateLimit", "Retry-After", "Accept-Ranges", "Content-Disposition", "Content-Range",
                "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Upload-Length", "Upload-Offset", "Upload-Expires")
            .WithMethods("GET", "POST", "PATCH", "PUT", "DELETE"));
    }
}
