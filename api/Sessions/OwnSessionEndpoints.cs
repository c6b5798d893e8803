using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Api.Sessions;

/// <summary>A user's own sessions: where one is signed in, and the end of it. In the API of users and in that of administrators.</summary>
internal static class OwnSessionEndpoints
{
    public static void MapOwnSessions(this RouteGroupBuilder group)
    {
        group.MapGet("/me/sessions", ListAsync).WithSummary("Where you are signed in, the last used first");
        group.MapDelete("/me/sessions/{id}", EndAsync)
            .WithSummary("End one of your sessions: its tokens and connections stop working at once").ProducesProblem(404);
        group.MapDelete("/me/sessions", EndAllAsync)
            .WithSummary("End all your sessions").WithDescription("With `others=true`, all but this one.");
    }

    private static async Task<Ok<Page<SessionResponse>>> ListAsync(
        HttpContext context, SessionQueries sessions, TimeProvider clock, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        IReadOnlyList<SessionRow> rows = await sessions.ListOpenAsync(HolderKind.User, token.Holder, clock.GetUtcNow(), cancellationToken);
        return TypedResults.Ok(new Page<SessionResponse>([.. rows.Select(row => SessionResponse.Of(row, token.Session))], null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(
        SessionId id, HttpContext context, IActors actors, CancellationToken cancellationToken) =>
        await actors.User(new UserId(context.AccessToken().Holder)).EndSessionAsync(id, context.Origin(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("open session");

    private static async Task<Ok<EndedSessions>> EndAllAsync(bool? others, HttpContext context, IActors actors, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        SessionId? keep = others == true ? token.Session : null;
        return TypedResults.Ok(new EndedSessions(await actors.User(new UserId(token.Holder)).EndSessionsAsync(keep, context.Origin(), cancellationToken)));
    }
}

/// <param name="IsThis">The one that asks.</param>
/// <param name="Agent">The program, as it called itself.</param>
/// <param name="LastUsedAt">When it was last given new tokens; at most an access token's life behind its use.</param>
/// <param name="IdleUntil">It ends then unless it is used before.</param>
/// <param name="EndsAt">It ends then however much it is used.</param>
/// <param name="StartedBy">`password` or `access_key`; `sign_in_code` for a shared tablet; `local` for the demo's own.</param>
/// <param name="Case">All that a shared tablet may bring recordings of; null for every other session.</param>
/// <param name="DeviceId">What the tablet calls itself; null for every other.</param>
/// <param name="DeviceName">What people call the tablet; null for none.</param>
public sealed record SessionResponse(
    SessionId Id, bool IsThis, string RemoteAddress, string Agent, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset IdleUntil,
    DateTimeOffset? EndsAt, string StartedBy, Guid? Case, string? DeviceId, string? DeviceName)
{
    public static SessionResponse Of(SessionRow row, SessionId own) => new(
        row.Id, row.Id == own, row.RemoteAddress, row.Agent, row.CreatedAt, row.LastUsedAt, row.IdleUntil, row.EndsAt,
        row.StartedBy, row.Case?.Value, row.DeviceId, row.DeviceName);
}

/// <param name="Ended">How many sessions.</param>
public sealed record EndedSessions(int Ended);
