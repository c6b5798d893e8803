using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Answers the routes of one entity.</summary>
internal sealed class RegistryHandlers(RegistryEntity entity)
{
    public async Task<IResult> ListAsync(HttpContext context, RegistryStore store, PersonalReads reads, CancellationToken cancellationToken)
    {
        OrganizationId? organization = RegistryScope.Of(context).Organization;
        (RegistryQuery? query, ProblemHttpResult? problem) = RegistryQuery.Read(entity, organization, context.Request.Query);
        if (query is null) return problem!;
        IReadOnlyList<RegistryRow> rows = await store.ListAsync(entity, query.Filter, query.Limit + 1, cancellationToken);
        long? count = query.WithCount ? await store.CountAsync(entity, query.Filter with { After = null }, cancellationToken) : null;
        if (entity.IsPersonal)
        {
            await reads.ListedAsync(
                context, entity.Name, organization ?? query.Organization, new { query = context.Request.QueryString.Value }, Math.Min(rows.Count, query.Limit), cancellationToken);
        }

        return new RegistryPage(entity, query, rows, count);
    }

    public async Task<IResult> FindAsync(RegistryId id, HttpContext context, RegistryStore store, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(entity, id.Value, RegistryScope.Of(context).Organization, cancellationToken) is not { } row) return Problems.NotFound(entity.Noun);
        if (entity.IsPersonal)
        {
            OrganizationId? organization = row.Values[entity.IndexOf("organization")] is Guid of ? new OrganizationId(of) : null;
            await reads.FoundAsync(context, organization, new UserId(row.Id), cancellationToken);
        }

        return new RegistryItem(entity, row, StatusCodes.Status200OK);
    }

    public async Task<IResult> CreateAsync(HttpContext context, RegistryStore store, CancellationToken cancellationToken)
    {
        RegistryScope scope = RegistryScope.Of(context);
        (RegistryBody? body, ProblemHttpResult? problem) = await RegistryBody.ReadAsync(
            entity, context.Request, isPatch: false, Given(scope), cancellationToken);
        if (body is null) return problem!;
        IResult Created(RegistryOutcome outcome) => Answer(outcome, StatusCodes.Status201Created);
        return Created(await store.CreateAsync(
            entity, body.Id, body.Values, scope.Organization, scope.Doer, context.AnswerInTransaction<RegistryOutcome>(Created), cancellationToken));
    }

    public async Task<IResult> PatchAsync(RegistryId id, HttpContext context, RegistryStore store, CancellationToken cancellationToken)
    {
        RegistryScope scope = RegistryScope.Of(context);
        (long? version, ProblemHttpResult? stale) = ReadVersion(context.Request, isRequired: true);
        if (stale is not null) return stale;
        (RegistryBody? body, ProblemHttpResult? problem) = await RegistryBody.ReadAsync(
            entity, context.Request, isPatch: true, Given(scope), cancellationToken);
        if (body is null) return problem!;
        Dictionary<string, object?> changes = body.Values.Where(value => !Given(scope).ContainsKey(value.Key)).ToDictionary(StringComparer.Ordinal);
        return Changed(await store.PatchAsync(entity, id.Value, version, changes, scope.Organization, scope.Doer, cancellationToken));
    }

    public async Task<IResult> ArchiveAsync(
        RegistryId id, ArchiveRequest request, HttpContext context, RegistryStore store, CancellationToken cancellationToken)
    {
        if (ReasonText.Read(request.Reason, out string reason) is { } fault) return Problems.InvalidRequest("/reason", fault);
        RegistryScope scope = RegistryScope.Of(context);
        (long? version, ProblemHttpResult? stale) = ReadVersion(context.Request, isRequired: false);
        return stale ?? Changed(await store.ArchiveAsync(
            entity, id.Value, version, reason, scope.Organization, scope.Doer, context.AnswerInTransaction<RegistryOutcome>(Changed), cancellationToken));
    }

    public async Task<IResult> RestoreAsync(RegistryId id, HttpContext context, RegistryStore store, CancellationToken cancellationToken)
    {
        RegistryScope scope = RegistryScope.Of(context);
        (long? version, ProblemHttpResult? stale) = ReadVersion(context.Request, isRequired: false);
        return stale ?? Changed(await store.RestoreAsync(
            entity, id.Value, version, scope.Organization, scope.Doer, context.AnswerInTransaction<RegistryOutcome>(Changed), cancellationToken));
    }

    private IResult Changed(RegistryOutcome outcome) => Answer(outcome, StatusCodes.Status200OK);

    /// <summary>A user's things are his organization's: nobody sends that.</summary>
    private Dictionary<string, object?> Given(RegistryScope scope) =>
        scope.Organization is { } organization && entity.Find("organization") is { Write: FieldWrite.AtCreation }
            ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["organization"] = organization.Value }
            : new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <returns>Null with no problem for `*`, and for nothing where nothing is required.</returns>
    public static (long? Version, ProblemHttpResult? Problem) ReadVersion(HttpRequest request, bool isRequired)
    {
        string[] tags = request.Headers.IfMatch.ToArray() is { } given ? [.. given.OfType<string>()] : [];
        return tags switch
        {
            [] => (null, isRequired ? Problems.PreconditionRequired() : null),
            ["*"] => (null, null),
            [['"', .. var number, '"']] when long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long version) => (version, null),
            _ => (null, Problems.InvalidRequest("If-Match", "It must be one ETag, as it was read: a number in quotes; or *.")),
        };
    }

    public IResult Answer(RegistryOutcome outcome, int status) => outcome switch
    {
        RegistryOutcome.Done done => new RegistryItem(entity, done.Row, status),
        RegistryOutcome.NotFound => Problems.NotFound(entity.Noun),
        RegistryOutcome.Stale stale => Problems.PreconditionFailed(stale.Version),
        RegistryOutcome.IsArchived => Problems.Archived(),
        RegistryOutcome.Taken taken => Problems.AlreadyTaken(taken.Field),
        RegistryOutcome.UnknownReference unknown => Problems.InvalidRequest("/" + unknown.Field, "There is none with this id, or it is archived."),
        RegistryOutcome.Invalid invalid => Problems.InvalidRequest("/" + invalid.Field, invalid.Detail),
        RegistryOutcome.NoRoom { Quota: var quota } => Problems.QuotaReached(quota),
        RegistryOutcome.Refused refused => Problems.Of(ProblemKinds.Get(refused.Code), refused.Detail),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <param name="Reason">Why; it stands in the archive.</param>
public sealed record ArchiveRequest(string Reason);
