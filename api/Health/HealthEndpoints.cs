using Microsoft.Net.Http.Headers;

namespace StepCloud.Api.Health;

/// <summary>What whoever starts, watches and balances processes asks of each: does it live, and should requests be sent to it?</summary>
/// <remarks>
/// For everybody, and so with the words of <see cref="ReadinessReason"/> alone. Not an API, so in none of the documents. Under no limit of requests either: a
/// proxy asks from the address of its other requests, and being refused because those are many would take a healthy process out of service. An answer costs nothing.
/// </remarks>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/health").AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
        group.MapGet("/live", () => new HealthResponse("live"));
        group.MapGet("/ready", async (Readiness readiness, CancellationToken cancellationToken) => await readiness.FindReasonsAsync(cancellationToken) is { Count: > 0 } reasons
            ? Results.Json(new NotReadyResponse("not_ready", reasons), statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Ok(new HealthResponse("ready")));
    }

    /// <summary>While the process drains each answer ends its connection, so that the next request on it goes elsewhere (RFC 9112 §9.6).</summary>
    public static void UseDraining(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // When the answer begins, since a fault begins the headers anew.
        if (context.RequestServices.GetRequiredService<Readiness>().IsDraining) context.Response.OnStarting(EndConnection, context.Response);
        return next(context);
    });

    private static Task EndConnection(object response)
    {
        ((HttpResponse)response).Headers[HeaderNames.Connection] = "close";
        return Task.CompletedTask;
    }

    internal sealed record HealthResponse(string Status);

    internal sealed record NotReadyResponse(string Status, IReadOnlyList<ReadinessReason> Reasons);
}
