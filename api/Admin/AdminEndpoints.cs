using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Registry;
using StepCloud.Api.Sessions;
using StepCloud.Api.Users;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Admin;

/// <summary>The API of administrators, `/admin/api/v1`. So far: accounts, the quarantine and the audit.</summary>
internal static class AdminEndpoints
{
    public static void MapAdminApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/admin/api/v1").Document(OpenApiDocuments.Admin).RequireAuthorization(Policies.Administrator).RememberAnswers();
        group.MapSignOut();
        group.MapOwnSessions();
        group.MapOwnAccount();
        group.MapSecondFactor();
        group.MapEmailVerificationRequest();
        group.MapOrganizations();
        group.MapUserAdministration();
        group.MapAdminRegistry();
        group.MapGet("/rejected-messages", ListAsync)
            .WithSummary("Refused messages, newest first").WithDescription("Without their bytes. `before` takes the last page's `next`.").ProducesProblem(400);
        group.MapAdminAudit();
        group.MapGet("/rejected-messages/{id}/payload", FindPayloadAsync)
            .WithSummary("The bytes of a refused message, as they came").Produces(200, contentType: "application/octet-stream").ProducesProblem(404);
    }

    private static async Task<Results<Ok<Page<RejectedMessageResponse>>, ProblemHttpResult>> ListAsync(
        Guid? before, GatewayId? gateway, int? limit, RejectedMessageStore messages, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<RejectedMessageRow> rows = await messages.ListAsync(gateway, before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, RejectedMessageResponse.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> FindPayloadAsync(
        Guid id, RejectedMessageStore messages, CancellationToken cancellationToken) =>
        await messages.FindPayloadAsync(id, cancellationToken) is { } payload
            ? TypedResults.File(payload, "application/octet-stream", $"{id}.bin")
            : Problems.NotFound("refused message");
}

/// <param name="Reasons">One for each refused element: `index`, `id`, `code`, `reason`.</param>
public sealed record RejectedMessageResponse(
    Guid Id, DateTimeOffset ReceivedAt, GatewayId? Gateway, string Source, string Topic, int PayloadBytes, RawJson Reasons)
{
    public static RejectedMessageResponse Of(RejectedMessageRow row) => new(
        row.Id, row.ReceivedAt, row.GatewayId is { } gateway ? new GatewayId(gateway) : null, row.Source, row.Topic, row.PayloadBytes,
        new RawJson(row.Reasons));
}
