using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Finds the numbers that are missing in what a gateway has counted: steps that it made and that have not come.</summary>
public sealed class SequenceGaps(StepCloudDatabase database)
{
    /// <summary>Looked at in one question: some hundred milliseconds.</summary>
    public const int StepsPerLook = 200_000;

    /// <summary>Told of in one answer.</summary>
    public const int GapsMax = 1000;

    /// <param name="after">Numbers up to this one are passed over.</param>
    public async Task<SequenceLook> FindAsync(OrganizationId organization, GatewayId gateway, long after, CancellationToken cancellationToken)
    {
        List<(long Sequence, StepId Step, DateTimeOffset Ended)> edges = await database.ListAsync(
            new Sql(
                $"""
                 WITH counted AS MATERIALIZED (
                     SELECT sequence, id, ended FROM step_event WHERE gateway_id = $1 AND organization_id = $2 AND sequence > $3 ORDER BY sequence LIMIT {StepsPerLook}),
                 beside AS (
                     SELECT sequence, id, ended, lag(sequence) OVER places AS before, lead(sequence) OVER places AS after FROM counted WINDOW places AS (ORDER BY sequence))
                 SELECT sequence, id, ended FROM beside
                 WHERE before IS NULL OR after IS NULL OR sequence - before > 1 OR after - sequence > 1
                 ORDER BY sequence LIMIT {2 * GapsMax + 2}
                 """,
                gateway.Value, organization.Value, after),
            row => (row.GetInt64(0), new StepId(row.GetGuid(1)), row.GetFieldValue<DateTimeOffset>(2)), cancellationToken);
        List<SequenceGap> gaps = [];
        foreach ((var before, var next) in edges.Zip(edges.Skip(1)))
        {
            if (next.Sequence > before.Sequence + 1 && gaps.Count < GapsMax)
                gaps.Add(new SequenceGap(before.Sequence + 1, next.Sequence - 1, before.Step, before.Ended, next.Step, next.Ended));
        }

        if (edges.Count == 0) return new SequenceLook(null, null, false, []);
        long last = gaps.Count == GapsMax ? gaps[^1].Last : edges[^1].Sequence;
        bool isMore = await database.ScalarAsync<bool>(
            new Sql(
                "SELECT EXISTS (SELECT FROM step_event WHERE gateway_id = $1 AND organization_id = $2 AND sequence > $3)", gateway.Value, organization.Value, last),
            cancellationToken);
        return new SequenceLook(edges[0].Sequence, last, isMore, gaps);
    }
}

/// <param name="First">The first number that was looked at; null when there is none.</param>
/// <param name="Last">The last one.</param>
/// <param name="IsMore">There are steps after it.</param>
public sealed record SequenceLook(long? First, long? Last, bool IsMore, IReadOnlyList<SequenceGap> Gaps);

/// <param name="First">The first number that is missing.</param>
/// <param name="Last">The last one.</param>
/// <param name="Before">The step before them, and when it ended by the gateway's clock.</param>
/// <param name="After">The step after them.</param>
public sealed record SequenceGap(long First, long Last, StepId Before, DateTimeOffset BeforeEnded, StepId After, DateTimeOffset AfterEnded);
