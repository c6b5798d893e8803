using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Members;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Admin;

/// <summary>Keeps people out, and lets them in again, for administrators. Finding them is the registry's.</summary>
internal static class UserAdminEndpoints
{
    public static void MapUserAdministration(this RouteGroupBuilder group)
    {
        group.MapPost("/users/{id}/disable", DisableAsync).WithSummary("Keep a user out: all his sessions end at once")
            .WithDescription("Also the last owner of an organization; not the last administrator.").ProducesProblem(404).ProducesProblem(409);
        group.MapPost("/users/{id}/enable", EnableAsync).WithSummary("Let a disabled user in again").ProducesProblem(404);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DisableAsync(
        UserId id, HttpContext context, IMembers members, CancellationToken cancellationToken) =>
        Answer(await members.DisableAsync(organization: null, id, context.UserDoer(), cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> EnableAsync(
        UserId id, HttpContext context, IMembers members, CancellationToken cancellationToken) =>
        Answer(await members.EnableAsync(organization: null, id, context.UserDoer(), cancellationToken));

    private static Results<NoContent, ProblemHttpResult> Answer(MemberChange change) => change switch
    {
        MemberChange.Done => TypedResults.NoContent(),
        MemberChange.UnknownMember => Problems.NotFound("user"),
        _ => MemberRules.ProblemOf(change),
    };
}
