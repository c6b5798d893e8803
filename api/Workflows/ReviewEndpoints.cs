using System.ComponentModel;
using System.Globalization;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Review by exception: what conformed needs no reading, and what waits for somebody stands in one list.</summary>
internal static class ReviewEndpoints
{
    public static void MapReviews(this RouteGroupBuilder group) => group.MapGet("/reviews", ListAsync).WithSummary("Jobs that wait for somebody, the longest first")
        .WithDescription("Why, since when, and the call that decides it. `after` takes the last page's `next`.").Produces<Page<ReviewItem>>().ProducesProblem(400);

    private static async Task<IResult> ListAsync(
        [Description("The `next` of the page before.")] string? after, int? limit, HttpContext context, JobQueries jobs, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        (DateTimeOffset, JobId)? from = null;
        if (after is not null && (from = Read(after)) is null) return Problems.InvalidRequest("after", "It must be the `next` of the page before.");
        int count = limit ?? PageLimits.Default;
        List<ReviewItem> items = await jobs.ListReviewsAsync(context.Organization(), from, count + 1, cancellationToken);
        return TypedResults.Ok(items.ToPage(count, item => item, item => $"{item.Since.UtcTicks.ToString(CultureInfo.InvariantCulture)}_{item.Job.Id}"));
    }

    private static (DateTimeOffset, JobId)? Read(string text) =>
        text.Split('_') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out long at) && at <= DateTime.MaxValue.Ticks
        && JobId.TryParse(id, null, out JobId job)
            ? (new DateTimeOffset(at, TimeSpan.Zero), job)
            : null;
}
