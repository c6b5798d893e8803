using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Admin;

/// <summary>How an organization begins: with a site, and the invitation of its first owner.</summary>
internal static class OrganizationEndpoints
{
    public static void MapOrganizations(this RouteGroupBuilder group) => group.MapPost("/organizations", CreateAsync)
        .WithSummary("Create an organization with a site, and invite its first owner").ProducesProblem(400);

    private static async Task<Results<Created<CreateOrganizationResponse>, ProblemHttpResult>> CreateAsync(
        CreateOrganizationRequest request, HttpContext context, Inviter inviter, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (UserNames.Fault(request.Name) is { } nameFault) return Problems.InvalidRequest("/name", nameFault);
        if (UserNames.Fault(request.SiteName) is { } siteFault) return Problems.InvalidRequest("/site_name", siteFault);
        if (EmailAddresses.Parse(request.OwnerEmail) is not { } email) return Problems.InvalidRequest("/owner_email", "This is no e-mail address.");

        UserId administrator = new(context.AccessToken().Holder);
        NewOrganizationByInvitation organization = new(
            OrganizationId.New(clock), request.Name.Trim(), SiteId.New(clock), request.SiteName.Trim());
        InvitationResponse invitation = await inviter.InviteFirstOwnerAsync(
            organization, email, administrator, AuditDoer.User(administrator, null, context.Origin()), cancellationToken);
        return TypedResults.Created(
            $"/admin/api/v1/organizations/{organization.Id}", new CreateOrganizationResponse(organization.Id, organization.Site, invitation));
    }
}

public sealed record CreateOrganizationRequest(string Name, string SiteName, string OwnerEmail);

public sealed record CreateOrganizationResponse(OrganizationId Id, SiteId Site, InvitationResponse Invitation);
