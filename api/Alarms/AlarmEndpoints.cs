using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>Alarms, as users read and acknowledge them. Their rules are things of the registry.</summary>
internal static class AlarmEndpoints
{
    public static void MapAlarms(this RouteGroupBuilder group)
    {
        group.MapGet("/alarms", ListAsync).WithSummary("Alarms of the organization, newest first")
            .WithDescription("In the order in which they were raised here; `raised_at` is by the clock of what raised them. `before` takes the last page's `next`.")
            .Produces<Page<AlarmResponse>>().ProducesProblem(400);
        group.MapGet("/alarms/{id}", FindAsync).WithSummary("An alarm, and what became of it").ProducesProblem(404);
        group.MapPost("/alarms/{id}/acknowledge", AcknowledgeAsync)
            .WithSummary("Say that you have seen an alarm")
            .WithDescription("Whether it is cleared or not. The first who says so stands. It is an entry of the audit.").Produces<AlarmResponse>()
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.AcknowledgingAlarms, OneTransaction.Instance);
    }

    private static async Task<Results<Ok<Page<AlarmResponse>>, ProblemHttpResult>> ListAsync(
        [AsParameters] AlarmsRequest request, HttpContext context, AlarmQueries alarms, CancellationToken cancellationToken)
    {
        if (request.Read(context.Organization(), out AlarmFilter filter) is { } problem) return problem;
        List<AlarmRow> rows = await alarms.ListAsync(filter, request.Before, request.Count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(request.Count, AlarmResponse.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<AlarmHistory>, ProblemHttpResult>> FindAsync(
        AlarmId id, HttpContext context, AlarmQueries alarms, CancellationToken cancellationToken) =>
        await alarms.FindAsync(context.Organization(), id, cancellationToken) is { } row
            ? TypedResults.Ok(new AlarmHistory(AlarmResponse.Of(row), [.. (await alarms.ListEventsAsync(id, cancellationToken)).Select(AlarmEventResponse.Of)]))
            : Problems.NotFound("alarm");

    private static async Task<IResult> AcknowledgeAsync(
        AlarmId id, AcknowledgeRequest request, HttpContext context, AlarmAcknowledgement alarms, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return Problems.InvalidRequest("/note", fault);
        static IResult Answer(AlarmRow? row) => row is null ? Problems.NotFound("alarm") : TypedResults.Ok(AlarmResponse.Of(row));
        return Answer(await alarms.AcknowledgeAsync(
            context.Organization(), id, new UserId(context.AccessToken().Holder), request.Text, context.UserDoer(),
            context.AnswerInTransaction<AlarmRow?>(Answer), cancellationToken));
    }
}
