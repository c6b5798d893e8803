using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;
using StepCloud.Api.Sessions;
using StepCloud.Api.Users;

namespace StepCloud.Api.Admin;

/// <summary>The API of administrators, `/admin/api/v1`.</summary>
internal static class AdminEndpoints
{
    public static void MapAdminApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/admin/api/v1").Document(OpenApiDocuments.Admin).CheckQueries().RequireAuthorization(Policies.Administrator).RememberAnswers();
        group.MapSignOut();
        group.MapOwnSessions();
        group.MapOwnAccount();
        group.MapSecondFactor();
        group.MapEmailVerificationRequest();
        group.MapOrganizations();
        group.MapUserAdministration();
        group.MapAdminRegistry();
        group.MapQuarantine();
        group.MapRottenRecordings();
        group.MapAdminAudit();
    }
}
