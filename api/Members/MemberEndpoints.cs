using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Members;

/// <summary>Who belongs to an organization. Every member sees it, owners change it.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this RouteGroupBuilder group)
    {
        group.MapGet("/members", ListAsync).WithSummary("The members of your organization, disabled ones too")
            .WithDescription("`after` takes the last page's `next`. The look is an entry of the audit.").ProducesProblem(400);
        group.MapGet("/members/{id}", FindAsync).WithSummary("A member").WithDescription("The look is an entry of the audit.").ProducesProblem(404);
        group.MapPost("/members", AddAsync).RequirePasswordSession()
            .WithSummary("Make a member without a mailbox, who comes in with access keys")
            .WithDescription("Owners only. Whoever has an e-mail address is invited instead.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingMembers);
        Describe(group.MapPatch("/members/{id}", ChangeAsync), "Change a member's name or role")
            .WithDescription("Owners only. A new role counts from the next request on. Who becomes an owner has no access keys from then on.");
        Describe(group.MapPost("/members/{id}/disable", DisableAsync), "Keep a member out: all his sessions end at once").WithDescription("Owners only.");
        Describe(group.MapPost("/members/{id}/enable", EnableAsync), "Let a disabled member in again").WithDescription("Owners only.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) =>
        route.RequirePasswordSession().WithSummary(summary).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingMembers);

    private static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> ListAsync(
        UserId? after, int? limit, HttpContext context, UserQueries users, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<UserRow> rows = await users.ListAsync(context.Organization(), email: null, after, count + 1, cancellationToken);
        Page<MemberResponse> page = rows.ToPage(count, MemberResponse.Of, row => row.Id.ToString());
        await reads.ListedAsync(
            context, AuditSubject.User, context.Organization(), new { after = after?.Value, limit = count }, page.Items.Count, cancellationToken);
        return TypedResults.Ok(page);
    }

    private static async Task<Results<Ok<MemberResponse>, ProblemHttpResult>> FindAsync(
        UserId id, HttpContext context, UserQueries users, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(context.Organization(), id, cancellationToken) is not { } row) return Problems.NotFound("member");
        await reads.FoundAsync(context, row.Organization, row.Id, cancellationToken);
        return TypedResults.Ok(MemberResponse.Of(row));
    }

    private static async Task<Results<Created<MemberResponse>, ProblemHttpResult>> AddAsync(
        AddMemberRequest request, HttpContext context, IMembers members, UserQueries users, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (UserNames.Fault(request.Name) is { } fault) return Problems.InvalidRequest("/name", fault);
        if (MemberRules.CheckRole(request.Role) is { } problem) return problem;
        NewMember member = new(UserId.New(clock), context.Organization(), request.Name.Trim(), request.Role);
        MemberChange change = await members.AddAsync(member, context.UserDoer(), cancellationToken);
        if (change != MemberChange.Done) return MemberRules.ProblemOf(change);
        UserRow row = (await users.FindAsync(member.Organization, member.Id, cancellationToken))!;
        return TypedResults.Created($"/api/v1/members/{member.Id}", MemberResponse.Of(row));
    }

    private static Task<Results<Ok<MemberResponse>, ProblemHttpResult>> ChangeAsync(
        UserId id, ChangeMemberRequest request, HttpContext context, IMembers members, UserQueries users, CancellationToken cancellationToken)
    {
        ProblemHttpResult? problem = request switch
        {
            { Name: null, Role: null } => Problems.InvalidRequest("", "Give a name, a role, or both."),
            { Name: { } name } when UserNames.Fault(name) is { } fault => Problems.InvalidRequest("/name", fault),
            { Role: { } role } => MemberRules.CheckRole(role),
            _ => null,
        };
        return problem is not null
            ? Task.FromResult<Results<Ok<MemberResponse>, ProblemHttpResult>>(problem)
            : OfMemberAsync(
                id, context, users,
                organization => members.ChangeAsync(organization, id, request.Name?.Trim(), request.Role, context.UserDoer(), cancellationToken),
                cancellationToken);
    }

    private static Task<Results<Ok<MemberResponse>, ProblemHttpResult>> DisableAsync(
        UserId id, HttpContext context, IMembers members, UserQueries users, CancellationToken cancellationToken) => OfMemberAsync(
        id, context, users, organization => members.DisableAsync(organization, id, context.UserDoer(), cancellationToken), cancellationToken);

    private static Task<Results<Ok<MemberResponse>, ProblemHttpResult>> EnableAsync(
        UserId id, HttpContext context, IMembers members, UserQueries users, CancellationToken cancellationToken) => OfMemberAsync(
        id, context, users, organization => members.EnableAsync(organization, id, context.UserDoer(), cancellationToken), cancellationToken);

    private static async Task<Results<Ok<MemberResponse>, ProblemHttpResult>> OfMemberAsync(
        UserId id, HttpContext context, UserQueries users, Func<OrganizationId, Task<MemberChange>> change, CancellationToken cancellationToken)
    {
        OrganizationId organization = context.Organization();
        MemberChange outcome = await change(organization);
        return outcome == MemberChange.Done
            ? TypedResults.Ok(MemberResponse.Of((await users.FindAsync(organization, id, cancellationToken))!))
            : MemberRules.ProblemOf(outcome);
    }
}

public sealed record AddMemberRequest(string Name, string Role);

/// <summary>What stays as it is, is left out.</summary>
/// <param name="Role">The one that the member has from then on.</param>
public sealed record ChangeMemberRequest(string? Name = null, string? Role = null);

/// <param name="Email">Null for somebody who comes in with access keys alone.</param>
/// <param name="DisabledAt">Since when he may not come in.</param>
/// <param name="SecondFactor">Whether a sign-in needs a code.</param>
public sealed record MemberResponse(
    UserId Id, string Name, string? Email, bool EmailVerified, IReadOnlyList<string> Roles, bool SecondFactor, DateTimeOffset CreatedAt,
    DateTimeOffset? DisabledAt)
{
    public static MemberResponse Of(UserRow row) =>
        new(row.Id, row.Name, row.Email, row.EmailVerified, row.Roles, row.SecondFactor, row.CreatedAt, row.DisabledAt);
}
