using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Passwords;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;
using StepCloud.Storage;

namespace StepCloud.Api.Users;

/// <summary>What users do with their own account. In the API of users and, for those of the installation, in that of administrators.</summary>
internal static class OwnAccountEndpoints
{
    public static void MapOwnAccount(this RouteGroupBuilder group)
    {
        group.MapGet("/me", FindAsync).WithSummary("Who you are here");
        group.MapGet("/me/export", ExportAsync).RequirePasswordSession().WithSummary("All that is known of you here, as one archive")
            .WithDescription("A ZIP of JSON: your account, your sessions with the addresses that they came from, the entries of the audit by you and about you. Handing it out is an entry too.")
            .Produces(StatusCodes.Status200OK, contentType: PersonalArchive.MediaType).ProducesProblem(403);
        group.MapPost("/me/password", ChangePasswordAsync).RequirePasswordSession()
            .WithSummary("Change the password")
            .WithDescription("Every other session of yours ends, its refresh token too; this one goes on. A wrong old password counts as a failed sign-in.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(429);
    }

    private static async Task<Results<Ok<OwnAccountResponse>, ProblemHttpResult>> FindAsync(
        HttpContext context, UserQueries users, CancellationToken cancellationToken) =>
        await users.FindAsync(organization: null, new UserId(context.AccessToken().Holder), cancellationToken) is { } row
            ? TypedResults.Ok(OwnAccountResponse.Of(row, context.Features.GetRequiredFeature<OpenSession>().StartedBy))
            : Problems.NotFound("user");

    private static async Task<IResult> ExportAsync(HttpContext context, UserExport export, CancellationToken cancellationToken)
    {
        UserId id = new(context.AccessToken().Holder);
        return await export.ReadAsync(id, context.UserDoer(), cancellationToken) is { } contents
            ? TypedResults.File(PersonalArchive.Of(contents), PersonalArchive.MediaType, $"user-{id}.zip")
            : Problems.NotFound("user");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(
        ChangePasswordRequest request, HttpContext context, IUserRegistry users, IActors actors, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        UserId id = new(token.Holder);
        // Disabled in this moment: the session is closed for him.
        if (await users.FindAsync(id, cancellationToken) is not { } user) return Problems.WrongPassword();
        if (PasswordPolicy.Check(request.NewPassword, user.Email ?? "") is { } fault) return Problems.PasswordRefused("/new_password", fault);

        ChangePasswordOutcome outcome = await actors.User(id)
            .ChangePasswordAsync(request.OldPassword, request.NewPassword, token.Session, context.Origin(), cancellationToken);
        return outcome switch
        {
            ChangePasswordOutcome.Changed => TypedResults.NoContent(),
            ChangePasswordOutcome.WrongPassword => Problems.WrongPassword(),
            ChangePasswordOutcome.Delayed delayed => context.Delayed(delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }
}

/// <param name="Email">Null for somebody who comes in with access keys alone.</param>
/// <param name="Organization">Null for an administrator of the installation.</param>
/// <param name="SecondFactor">Whether a sign-in needs a code.</param>
/// <param name="SessionStartedBy">`password` or `access_key`: the latter cannot change how somebody comes in.</param>
public sealed record OwnAccountResponse(
    UserId Id, string Name, string? Email, bool EmailVerified, IReadOnlyList<string> Roles, OwnOrganization? Organization, bool SecondFactor,
    string SessionStartedBy)
{
    public static OwnAccountResponse Of(UserRow row, string startedBy) => new(
        row.Id, row.Name, row.Email, row.EmailVerified, row.Roles,
        row.Organization is { } organization ? new OwnOrganization(organization, row.OrganizationName!) : null, row.SecondFactor, startedBy);
}

public sealed record OwnOrganization(OrganizationId Id, string Name);

public sealed record ChangePasswordRequest(string OldPassword, string NewPassword);
