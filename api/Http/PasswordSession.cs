using StepCloud.Actors.Ports;
using StepCloud.Storage;

namespace StepCloud.Api.Http;

/// <summary>Marks a route that takes a session begun with a password: what an access key left lying at a workstation must not open.</summary>
public sealed class PasswordSession
{
    private static readonly PasswordSession Marked = new();

    private PasswordSession()
    {
    }

    /// <summary>Refuses sessions that an access key has begun, with 403.</summary>
    internal static void Require(RouteHandlerBuilder route) => route.WithMetadata(Marked).ProducesProblem(403).AddEndpointFilter(
        async (invocation, next) => Refuses(invocation.HttpContext) ? Problems.PasswordSessionRequired() : await next(invocation));

    /// <summary>Whether the route is not for the session that asks.</summary>
    internal static bool Refuses(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<PasswordSession>() is not null
        && context.Features.Get<OpenSession>()?.StartedBy == SessionStarts.AccessKey;
}

internal static class PasswordSessionExtensions
{
    /// <summary>The route takes a session begun with a password; 403 `password_session_required` for one that an access key has begun.</summary>
    public static RouteHandlerBuilder RequirePasswordSession(this RouteHandlerBuilder route)
    {
        PasswordSession.Require(route);
        return route;
    }
}
