using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Retention;

/// <summary>Which steps of a month are due, by the rules and the holds as they are.</summary>
internal static class DueSteps
{
    /// <summary>What changes whenever something else is due: it is looked at again before anything is taken away.</summary>
    public const string Version = """
        SELECT md5(coalesce(string_agg(one, ',' ORDER BY one), '')) FROM (
            SELECT format('%s %s %s %s', organization_id, kind, series_months, steps_years) FROM retention_rule
            UNION ALL SELECT id::text FROM legal_hold WHERE released_at IS NULL) AS said (one)
        """;

    /// <summary>
    /// The steps of a month of which something is due: their `id`, `organization_id`, `device_id`, `content_hash`, whether each `is_dropped` or only thinned, and
    /// whether it `was_thinned` before.
    /// </summary>
    /// <remarks>
    /// `$1` is the time, `$2` the first day after the month, `$3` the one organization or null. A step is due when its month has ended so long ago and it was
    /// received so long ago: what a gateway with a wild clock sends today is not taken away tomorrow. Months are those of UTC, whatever the session's are.
    /// </remarks>
    public static string Select(StepMonth month) => $"""
        SELECT e.id, e.organization_id, e.device_id, e.content_hash, d.is_dropped, t.was_thinned
        FROM retention_rule AS r
        JOIN step_event_{month} AS e ON e.organization_id = r.organization_id AND e.kind = r.kind
        CROSS JOIN LATERAL (SELECT greatest($2, e.received) AT TIME ZONE 'UTC' AS begins, $1 AT TIME ZONE 'UTC' AS now) AS at
        CROSS JOIN LATERAL (
            SELECT
                coalesce(at.begins + make_interval(years => r.steps_years) <= at.now, false) AS is_dropped,
                coalesce(at.begins + make_interval(months => r.series_months) <= at.now, false) AS is_thinned) AS d
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM step_series_{month} AS s WHERE s.step_id = e.id AND s.samples IS NULL) AS was_thinned) AS t
        WHERE ($3::uuid IS NULL OR r.organization_id = $3) AND (d.is_dropped
            OR (d.is_thinned AND EXISTS (SELECT FROM step_series_{month} AS s WHERE s.step_id = e.id AND s.samples IS NOT NULL AND s.sample_count > 0)))
        AND NOT EXISTS (
            SELECT FROM legal_hold AS h
            WHERE h.organization_id = e.organization_id AND h.released_at IS NULL
                AND (h.device_id IS NULL OR h.device_id = e.device_id) AND (h.job IS NULL OR h.job = e.job))
        """;

    /// <summary>By organization, of a table `due` that has what <see cref="Select"/> gives.</summary>
    public const string Sum = """
        SELECT organization_id,
            count(*) FILTER (WHERE NOT is_dropped), count(*) FILTER (WHERE is_dropped), count(*) FILTER (WHERE is_dropped AND was_thinned),
            encode(sha256(string_agg(uuid_send(id) || content_hash, ''::bytea ORDER BY id) FILTER (WHERE NOT is_dropped)), 'hex'),
            encode(sha256(string_agg(uuid_send(id) || content_hash, ''::bytea ORDER BY id) FILTER (WHERE is_dropped)), 'hex')
        FROM due GROUP BY organization_id ORDER BY organization_id
        """;

    public static TakenSteps ReadSum(NpgsqlDataReader row, StepMonth month) => new(
        new OrganizationId(row.GetGuid(0)), month.Text, row.GetInt64(1), row.GetInt64(2), row.GetInt64(3),
        row.IsDBNull(4) ? "" : row.GetString(4), row.IsDBNull(5) ? "" : row.GetString(5));

    public static Sql With(string text, DateTimeOffset now, StepMonth month, OrganizationId? organization = null) =>
        new(text, now, month.Next.Start, organization?.Value);
}

/// <summary>What was taken of an organization's steps of a month.</summary>
/// <param name="Month">Such as `2026-03`.</param>
/// <param name="Thinned">Steps whose samples are gone.</param>
/// <param name="Dropped">Steps that are gone.</param>
/// <param name="DroppedThinned">Those of them that had been thinned before.</param>
/// <param name="ThinnedSha256">Over id and content hash of each thinned step, 48 bytes, in the order of the ids; empty for none.</param>
/// <param name="DroppedSha256">As the other, of the dropped ones.</param>
public sealed record TakenSteps(OrganizationId Organization, string Month, long Thinned, long Dropped, long DroppedThinned, string ThinnedSha256, string DroppedSha256);
