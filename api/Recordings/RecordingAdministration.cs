using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>What administrators of the installation have to know of recordings, which is not what is in them.</summary>
internal static class RecordingAdministration
{
    public static void MapRottenRecordings(this RouteGroupBuilder group) =>
        group.MapGet("/rotten-recordings", ListAsync).WithSummary("Recordings whose stored bytes are not what they were, newest first")
            .WithDescription("Each recording is read again every now and then (`Recordings:CheckEvery`), and when somebody asks with `stepcloud recording verify`.").ProducesProblem(400);

    private static async Task<Results<Ok<Page<RottenRecordingResponse>>, ProblemHttpResult>> ListAsync(
        RecordingId? before, int? limit, RecordingChecks checks, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        List<Recording> rows = await checks.ListRottenAsync(before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, RottenRecordingResponse.Of, row => row.Id.ToString()));
    }
}
