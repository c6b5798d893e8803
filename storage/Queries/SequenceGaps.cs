using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Finds the numbers that are missing in what a gateway has counted: steps that it made and that have not come.</summary>
public sealed class SequenceGaps(StepCloudDatabase database)
{
    /// <summary>Looked at in one question, so that it stays a short one.</summary>
    public const int StepsPerLook = 200_000;

    /// <summary>Told of in one answer.</summary>
    public const int GapsMax = 1000;

    /// <param name="after">Numbers up to this one are passed over.</param>
    public async Task<SequenceLook> FindAsync(OrganizationId organization, GatewayId gateway, long after, CancellationToken cancellationToken)
    {
        List<(long? First, long? Last, SequenceGap? Gap)> rows = await database.ListAsync(
            new Sql(
                $"""
                 WITH counted AS MATERIALIZED (
                     SELECT sequence, id, ended FROM step_event WHERE gateway_id = $1 AND organization_id = $2 AND sequence > $3 ORDER BY sequence LIMIT {StepsPerLook}),
                 beside AS (
                     SELECT sequence, id, ended, lead(sequence) OVER places AS next, lead(id) OVER places AS next_id, lead(ended) OVER places AS next_ended
                     FROM counted WINDOW places AS (ORDER BY sequence))
                 SELECT bounds.*, gap.*
                 FROM (SELECT min(sequence), max(sequence) FROM counted) AS bounds
                 LEFT JOIN LATERAL (SELECT * FROM beside WHERE next - sequence > 1 ORDER BY sequence LIMIT {GapsMax}) AS gap ON true
                 ORDER BY gap.sequence
                 """,
                gateway.Value, organization.Value, after),
            row => (row.IsDBNull(0) ? (long?)null : row.GetInt64(0), row.IsDBNull(1) ? (long?)null : row.GetInt64(1), row.IsDBNull(2) ? null : ReadGap(row)),
            cancellationToken);
        List<SequenceGap> gaps = [.. rows.Select(row => row.Gap).OfType<SequenceGap>()];
        if (rows is not [({ } first, { } end, _), ..]) return new SequenceLook(null, null, false, []);
        long last = gaps.Count == GapsMax ? gaps[^1].Last : end;
        bool isMore = await database.ScalarAsync<bool>(
            new Sql(
                "SELECT EXISTS (SELECT FROM step_event WHERE gateway_id = $1 AND organization_id = $2 AND sequence > $3)", gateway.Value, organization.Value, last),
            cancellationToken);
        return new SequenceLook(first, last, isMore, gaps);
    }

    private static SequenceGap ReadGap(NpgsqlDataReader row) => new(
        row.GetInt64(2) + 1, row.GetInt64(5) - 1, new StepId(row.GetGuid(3)), row.GetFieldValue<DateTimeOffset>(4), new StepId(row.GetGuid(6)), row.GetFieldValue<DateTimeOffset>(7));
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
