using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Members;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Admin;

/// <summary>Everybody who has an account, for administrators: to find somebody, and to keep him out.</summary>
internal static class UserAdminEndpoints
{
    public static void MapUserAdministration(this RouteGroupBuilder group)
    {
        group.MapGet("/users", ListAsync).WithSummary("Users of every organization, and administrators")
            .WithDescription("`email` is a part of the address. `after` takes the last page's `next`. The look is an entry of the audit.").ProducesProblem(400);
        group.MapPost("/users/{id}/disable", DisableAsync).WithSummary("Keep a user out: all his sessions end at once")
            .WithDescription("Also the last owner of an organization; not the last administrator.").ProducesProblem(404).ProducesProblem(409);
        group.MapPost("/users/{id}/enable", EnableAsync).WithSummary("Let a disabled user in again").ProducesProblem(404);
    }

    private static async Task<Results<Ok<Page<UserResponse>>, ProblemHttpResult>> ListAsync(
        OrganizationId? organization, string? email, UserId? after, int? limit, HttpContext context, UserQueries users, PersonalReads reads,
        CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        if (email?.Length > EmailCharsMax) return Problems.InvalidRequest("email", $"It can have {EmailCharsMax} characters.");
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<UserRow> rows = await users.ListAsync(organization, email, after, count + 1, cancellationToken);
        Page<UserResponse> page = rows.ToPage(count, UserResponse.Of, row => row.Id.ToString());
        await reads.ListedAsync(
            context, AuditSubject.User, organization, new { organization = organization?.Value, email, after = after?.Value, limit = count },
            page.Items.Count, cancellationToken);
        return TypedResults.Ok(page);
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

    private const int EmailCharsMax = Users.EmailAddresses.CharsMax;
}

/// <param name="Organization">Null for an administrator of the installation.</param>
/// <param name="Email">Null for somebody who comes in with access keys alone.</param>
/// <param name="DisabledAt">Since when he may not come in.</param>
public sealed record UserResponse(
    UserId Id, OrganizationId? Organization, string? OrganizationName, string Name, string? Email, bool EmailVerified, IReadOnlyList<string> Roles,
    bool SecondFactor, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    public static UserResponse Of(UserRow row) => new(
        row.Id, row.Organization, row.OrganizationName, row.Name, row.Email, row.EmailVerified, row.Roles, row.SecondFactor, row.CreatedAt, row.DisabledAt);
}
