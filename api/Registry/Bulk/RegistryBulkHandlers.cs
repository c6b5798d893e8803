using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry.Bulk;

/// <summary>Answers the routes that give or take all of an entity at once. For administrators.</summary>
internal sealed class RegistryBulkHandlers(RegistryEntity entity)
{
    private const string Format = "format";
    private const string DryRun = "dry_run";

    private static readonly string[] OfPages = [RegistryQuery.Limited, RegistryQuery.After, RegistryQuery.Count];

    public async Task<IResult> ExportAsync(HttpContext context, RegistryStore store, PersonalReads reads, CancellationToken cancellationToken)
    {
        Dictionary<string, StringValues> asked = context.Request.Query.ToDictionary(StringComparer.Ordinal);
        if (OfPages.FirstOrDefault(asked.ContainsKey) is { } page) return Problems.InvalidRequest(page, "An export has no pages: it has all.");
        if (ReadFormat(asked) is not { } format) return Problems.InvalidRequest(Format, "It must be csv or json.");
        asked.Remove(Format);
        (RegistryQuery? query, ProblemHttpResult? problem) = RegistryQuery.Read(entity, null, new QueryCollection(asked));
        if (query is null) return problem!;
        if (entity.IsPersonal)
        {
            long count = await store.CountAsync(entity, query.Filter, cancellationToken);
            await reads.ListedAsync(
                context, entity.Name, query.Organization, new { query = context.Request.QueryString.Value, export = true }, (int)count, cancellationToken);
        }

        return new RegistryExport(entity, query.Filter, format, store);
    }

    public async Task<IResult> ImportAsync(HttpContext context, RegistryStore store, RegistryImport import, CancellationToken cancellationToken)
    {
        Dictionary<string, StringValues> asked = context.Request.Query.ToDictionary(StringComparer.Ordinal);
        if (asked.Keys.FirstOrDefault(name => name is not (Format or DryRun)) is { } unknown)
            return Problems.InvalidRequest(unknown, $"There is no such parameter here. There are: {Format}, {DryRun}.");
        if (ReadFormat(asked) is not { } format) return Problems.InvalidRequest(Format, "It must be csv or json.");
        if (!bool.TryParse(asked.GetValueOrDefault(DryRun, "true"), out bool isDry)) return Problems.InvalidRequest(DryRun, "It must be true or false.");

        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        ImportFile file = ImportFile.Read(entity, format, body.ToArray());
        if (file.Fault is { } fault) return Problems.InvalidRequest(fault.Pointer, fault.Detail);

        ImportPlan plan = await ImportPlan.MakeAsync(entity, file.Records, store, cancellationToken);
        IResult Imported(IReadOnlyList<RegistryOutcome> outcomes) => Answer(isDry, file.Records.Count, plan, outcomes);
        // With a line that is wrong already, the others are tried all the same: so that all that is wrong is told at once.
        return Imported(await import.RunAsync(
            entity, [.. plan.Work.Select(work => work.Work)], isDry || plan.Errors.Count > 0, RegistryScope.Of(context).Doer,
            context.AnswerInTransaction<IReadOnlyList<RegistryOutcome>>(Imported), cancellationToken));
    }

    private static IResult Answer(bool isDry, int lines, ImportPlan plan, IReadOnlyList<RegistryOutcome> outcomes)
    {
        List<LineError> errors = [.. plan.Errors, .. plan.Work.Zip(outcomes, (work, outcome) => ErrorOf(work.Line, outcome)).OfType<LineError>()];
        errors.Sort((a, b) => a.Line.CompareTo(b.Line));
        int refused = errors.Select(error => error.Line).Distinct().Count();
        if (!isDry && refused > 0) return Problems.ImportRefused(refused, errors);

        bool[] changes = [.. plan.Work.Zip(outcomes).Where(pair => pair.Second is RegistryOutcome.Done).Select(pair => pair.First.Work.Version is not null)];
        return TypedResults.Ok(new ImportResponse(
            isDry, lines, changes.Count(isChange => !isChange), changes.Count(isChange => isChange), plan.Unchanged, refused, errors));
    }

    private static BulkFormat? ReadFormat(Dictionary<string, StringValues> asked) => asked.GetValueOrDefault(Format, "csv").ToString() switch
    {
        "csv" => BulkFormat.Csv,
        "json" => BulkFormat.Json,
        _ => null,
    };

    private static LineError? ErrorOf(int line, RegistryOutcome outcome) => outcome switch
    {
        RegistryOutcome.Done => null,
        RegistryOutcome.NotFound => new LineError(line, "/id", "It is gone."),
        RegistryOutcome.Stale => new LineError(line, "/version", "Somebody is changing it now. Try again."),
        RegistryOutcome.IsArchived => new LineError(line, "", "It is in the archive. Restore it first."),
        RegistryOutcome.Taken taken => new LineError(line, "/" + taken.Field, "Another one has this value."),
        RegistryOutcome.UnknownReference reference => new LineError(line, "/" + reference.Field, "There is none with this id, or it is archived."),
        RegistryOutcome.Invalid invalid => new LineError(line, "/" + invalid.Field, invalid.Detail),
        RegistryOutcome.NoRoom { Quota: var quota } => new LineError(line, "", $"The plan '{quota.Plan}' of its organization has no room for more."),
        RegistryOutcome.Refused refused => new LineError(line, "", $"{ProblemKinds.Get(refused.Code).Title} {refused.Detail}"),
        _ => throw new UnreachableException(),
    };
}

/// <param name="DryRun">Nothing was changed; the numbers tell what would be.</param>
/// <param name="Refused">Lines that are wrong.</param>
/// <param name="Errors">Everything that is wrong, by line.</param>
public sealed record ImportResponse(
    bool DryRun, int Lines, int Created, int Changed, int Unchanged, int Refused, IReadOnlyList<LineError> Errors);
