using Microsoft.Extensions.Options;
using StepCloud.Api.Http;

namespace StepCloud.Api.Watching;

/// <summary>`GET /metrics`, for Prometheus. It tells how much an installation does and what is wrong with it: that is for those who run it.</summary>
/// <remarks>
/// On the port of everything else, so that a reader and every node of a cluster has it without another port to be opened, and only for the networks of
/// <see cref="MetricsOptions.AllowedFrom"/>. The Caddyfile does not pass it on. Under another proxy, one whose word for addresses is not taken
/// (Network:TrustedProxies), everybody would come from the proxy's address: what was passed on by such a one is refused.
/// </remarks>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    private static readonly string[] PassedOn = ["X-Forwarded-For", "Forwarded"];

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes
        .MapGet(Path, async (HttpContext context, MetricsPage page, IOptions<MetricsOptions> options, CancellationToken cancellationToken) =>
        {
            bool isStranger = PassedOn.Any(context.Request.Headers.ContainsKey) || !options.Value.Allows(context.Connection.RemoteIpAddress);
            return isStranger
                ? Problems.Of(ProblemKinds.AddressNotAllowed, "Metrics:AllowedFrom says from where /metrics can be read.")
                : Results.Bytes(await page.ReadAsync(cancellationToken), PrometheusText.MediaType);
        })
        .AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
}
