using StepCloud.Api.AccessKeys;
using StepCloud.Api.Alarms;
using StepCloud.Api.Audit;
using StepCloud.Api.Cases;
using StepCloud.Api.Folders;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Live;
using StepCloud.Api.Maintenance;
using StepCloud.Api.Members;
using StepCloud.Api.Pairing;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;
using StepCloud.Api.Sessions;
using StepCloud.Api.SignInCodes;
using StepCloud.Api.Retention;
using StepCloud.Api.Steps;
using StepCloud.Api.Workflows;

namespace StepCloud.Api.Users;

internal static class UserEndpoints
{
    /// <summary>The API of users: `/api/v1`.</summary>
    public static void MapUserApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/api/v1").Document(OpenApiDocuments.User).CheckQueries().RequireAuthorization(Policies.User).RememberAnswers();
        group.MapSignIn();
        group.MapSignOut().WithMetadata(UploadSession.Taken);
        group.MapRecovery();
        group.MapOwnAccount();
        group.MapSecondFactor();
        group.MapEmailVerificationRequest();
        group.MapEmailVerification();
        group.MapMembers();
        group.MapAccessKeys();
        group.MapSignInCodes();
        group.MapInvitations();
        group.MapOwnSessions();
        group.MapOwnOrganization();
        group.MapUserRegistry();
        group.MapUserGateways();
        group.MapGatewayStatus();
        group.MapGatewayChanges();
        group.MapPairing();
        group.MapCommands();
        group.MapTwins();
        group.MapLive();
        group.MapSteps();
        group.MapCharts();
        group.MapSequences();
        group.MapRetention();
        group.MapLegalHolds();
        group.MapAlarms();
        group.MapAlarmChannels();
        group.MapBlueprintVersions();
        group.MapJobs();
        group.MapJobChanges();
        group.MapJobDecisions();
        group.MapRecords();
        group.MapReviews();
        group.MapCases();
        group.MapConsents();
        group.MapMaintenanceRecords();
        group.MapRecordings();
        group.MapFolders();
        group.MapFolderLinks();
        group.MapShared();
        group.MapAudit();
    }
}
