using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>The audit: an organization's for its owners and auditors, every chain for administrators.</summary>
internal static class AuditEndpoints
{
    private const string ListDescription =
        "`before` takes the last page's `next`. `old` and `new` are JSON texts as they were hashed; docs/AUDIT.md says how to check the hashes.";

    private const string ExportDescription =
        "One JSON object a line: the entries, the first one first; then the signed heads and the keys that signed them. The export is an entry itself.";

    public static void MapAudit(this RouteGroupBuilder group)
    {
        group.MapGet("/audit", ListOwnAsync).WithSummary("What was done in your organization, newest first").WithDescription(ListDescription)
            .ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.ReadingAudit);
        group.MapGet("/audit/export", ExportOwnAsync).WithSummary("The whole audit of your organization").WithDescription(ExportDescription)
            .Produces(200, contentType: AuditExport.MediaType).ProducesProblem(403).WithMetadata(AllowedRoles.ReadingAudit);
    }

    /// <summary>`organization` names the chain; without it, it is the one of the installation.</summary>
    public static void MapAdminAudit(this RouteGroupBuilder group)
    {
        group.MapGet("/audit", ListAsync).WithSummary("What was done in an organization, or in the installation, newest first")
            .WithDescription($"Without `organization` it is the installation's own chain. {ListDescription}").ProducesProblem(400);
        group.MapGet("/audit/export", ExportAsync).WithSummary("The whole audit of an organization, or of the installation")
            .WithDescription($"Without `organization` it is the installation's own chain. {ExportDescription}")
            .Produces(200, contentType: AuditExport.MediaType);
    }

    private static Task<Results<Ok<Page<AuditEntryResponse>>, ProblemHttpResult>> ListOwnAsync(
        [AsParameters] AuditRequest request, HttpContext context, AuditQueries audit, CancellationToken cancellationToken) =>
        ListChainAsync(context.Organization(), request, audit, cancellationToken);

    private static Task<Results<Ok<Page<AuditEntryResponse>>, ProblemHttpResult>> ListAsync(
        OrganizationId? organization, [AsParameters] AuditRequest request, AuditQueries audit, CancellationToken cancellationToken) =>
        ListChainAsync(organization, request, audit, cancellationToken);

    private static Task<PushStreamHttpResult> ExportOwnAsync(
        HttpContext context, IAuditTrail trail, AuditExport export, CancellationToken cancellationToken) =>
        ExportChainAsync(context.Organization(), context, trail, export, cancellationToken);

    private static Task<PushStreamHttpResult> ExportAsync(
        OrganizationId? organization, HttpContext context, IAuditTrail trail, AuditExport export, CancellationToken cancellationToken) =>
        ExportChainAsync(organization, context, trail, export, cancellationToken);

    private static async Task<Results<Ok<Page<AuditEntryResponse>>, ProblemHttpResult>> ListChainAsync(
        OrganizationId? organization, AuditRequest request, AuditQueries audit, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(request.Limit) is { } problem) return problem;
        int count = request.Limit ?? PageLimits.Default;
        IReadOnlyList<AuditEntry> entries = await audit.ListAsync(organization, request.ToFilter(), request.Before, count + 1, cancellationToken);
        return TypedResults.Ok(entries.ToPage(count, AuditEntryResponse.Of, entry => entry.Sequence.ToString()));
    }

    private static async Task<PushStreamHttpResult> ExportChainAsync(
        OrganizationId? organization, HttpContext context, IAuditTrail trail, AuditExport export, CancellationToken cancellationToken)
    {
        AuditDoer doer = context.UserDoer();
        // Before the first byte: a copy that cannot be recorded is not given.
        await trail.AppendAsync(AuditExported.Entry(organization, doer), cancellationToken);
        return TypedResults.Stream(
            async stream =>
            {
                await using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
                await export.WriteAsync(writer, organization, cancellationToken);
            },
            AuditExport.MediaType, "audit.jsonl");
    }
}

/// <summary>Which entries of a chain.</summary>
internal sealed record AuditRequest
{
    [Description("Only entries with a smaller sequence.")]
    [FromQuery(Name = "before")]
    public long? Before { get; init; }

    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    [Description("What they are about: `gateway`, `device`, `user`, `session` ...")]
    [FromQuery(Name = "subject_kind")]
    public string? SubjectKind { get; init; }

    [Description("The id of what they are about.")]
    [FromQuery(Name = "subject")]
    public string? Subject { get; init; }

    [Description("The id of the user or gateway who did it.")]
    [FromQuery(Name = "doer")]
    public Guid? Doer { get; init; }

    [Description("Such as `gateway.created`.")]
    [FromQuery(Name = "action")]
    public string? Action { get; init; }

    [Description("From this time on.")]
    [FromQuery(Name = "from")]
    public DateTimeOffset? From { get; init; }

    [Description("Before this time.")]
    [FromQuery(Name = "to")]
    public DateTimeOffset? To { get; init; }

    public AuditFilter ToFilter() => new(SubjectKind, Subject, Doer, Action, From, To);
}

/// <summary>The entry of a copy that somebody takes of a chain.</summary>
internal static class AuditExported
{
    private const string SubjectKind = "audit";

    public static NewAuditEntry Entry(OrganizationId? organization, AuditDoer doer) => new(
        organization, doer, AuditActions.AuditExported, new AuditSubject(SubjectKind, organization?.ToString() ?? AuditHeadToken.InstallationChain));
}
