using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Steps;

/// <summary>Steps that a gateway has counted and that have not come.</summary>
internal static class SequenceEndpoints
{
    public static void MapSequences(this RouteGroupBuilder group) =>
        group.MapGet("/gateways/{id}/sequence-gaps", FindAsync).WithSummary("The numbers that are missing in what a gateway has counted")
            .WithDescription(
                "A gateway that gives its steps a `sequence` counts one up with each. A number that is missing is a step that was not sent yet, was refused (see the rejected messages), or is lost in the shop; "
                + "a step that comes late fills its gap. What was there before the first number, and after the last, nobody knows.")
            .ProducesProblem(400).ProducesProblem(404);

    private static async Task<Results<Ok<SequenceGapsResponse>, ProblemHttpResult>> FindAsync(
        GatewayId id, [Description("The `next` of the answer before.")] long? after, HttpContext context, SequenceGaps gaps, RegistryStore registry,
        CancellationToken cancellationToken)
    {
        SequenceLook look = await gaps.FindAsync(context.Organization(), id, after ?? -1, cancellationToken);
        if (look.First is null && await registry.FindAsync(Entities.Gateway, id.Value, context.Organization(), cancellationToken) is null) return Problems.NotFound("gateway");
        return TypedResults.Ok(new SequenceGapsResponse(
            look.First, look.Last, [.. look.Gaps.Select(SequenceGapResponse.Of)],
            // The next look begins with the last step of this one again, so that a gap between them is seen.
            look.IsMore ? look.Last - 1 : null));
    }
}

/// <param name="First">The first number that was looked at; null for a gateway that does not count.</param>
/// <param name="Last">The last number that was looked at.</param>
/// <param name="Gaps">In the order of their numbers.</param>
/// <param name="Next">To be given as `after` for those that follow; null when all was looked at.</param>
public sealed record SequenceGapsResponse(long? First, long? Last, IReadOnlyList<SequenceGapResponse> Gaps, long? Next);

/// <param name="First">The first number that is missing.</param>
/// <param name="Last">The last number that is missing.</param>
/// <param name="Missing">How many.</param>
public sealed record SequenceGapResponse(long First, long Last, long Missing, SequenceNeighbour Before, SequenceNeighbour After)
{
    public static SequenceGapResponse Of(SequenceGap gap) => new(
        gap.First, gap.Last, gap.Last - gap.First + 1, new SequenceNeighbour(gap.Before, gap.BeforeEnded), new SequenceNeighbour(gap.After, gap.AfterEnded));
}

/// <param name="Step">The step beside the gap.</param>
/// <param name="Ended">By the gateway's clock.</param>
public sealed record SequenceNeighbour(StepId Step, DateTimeOffset Ended);
