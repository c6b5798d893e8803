using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace StepCloud.Api.Watching;

/// <summary>Completes the span that ASP.NET makes of a request with what is known at its end: the route and the status.</summary>
internal static class HttpSpans
{
    /// <summary>ASP.NET's own source, and the switch without which it leaves method and path out.</summary>
    public const string SourceName = "Microsoft.AspNetCore";
    public const string WithoutDataSwitch = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    /// <summary>The first of all, so that it sees what the others make of a fault.</summary>
    public static void UseHttpSpans(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span) return;
        // Whoever handles a fault takes the endpoint away first.
        Endpoint? endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        string? route = (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        if (route is not null) span.SetTag("http.route", route);
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    });
}
