using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>What was found of a job, as rows that are never deleted.</summary>
internal static class Deviations
{
    /// <summary>What is found for the first time is written; what is found no more is withdrawn, and comes back when it is found again.</summary>
    /// <returns>Whether anything changed.</returns>
    public static async Task<bool> KeepAsync(
        DatabaseSession transaction, LockedJob job, IReadOnlyList<Finding> findings, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Finding[] distinct = [.. findings.DistinctBy(finding => finding.Identity)];
        int changed = await transaction.ExecuteAsync(
            new Sql(
                "UPDATE job_deviation SET withdrawn_at = $3 WHERE job_id = $1 AND withdrawn_at IS NULL AND disposition IS NULL AND finding <> ALL ($2)",
                job.Id.Value, distinct.Select(finding => finding.Identity).ToArray(), now),
            cancellationToken);
        if (distinct.Length > 0)
        {
            changed += await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO job_deviation AS d (id, organization_id, job_id, found_at, finding, code, step_key, step_name, step_id, parameter, expected, found, off_by)
                    SELECT f.id, $1, $2, $3, f.finding, f.code, f.step_key, f.step_name, f.step_id, f.parameter, f.expected, f.found, f.off_by
                    FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::double precision[])
                        AS f (id, finding, code, step_key, step_name, step_id, parameter, expected, found, off_by)
                    ON CONFLICT (job_id, finding) DO UPDATE SET
                        withdrawn_at = CASE WHEN d.disposition IS NULL THEN NULL ELSE d.withdrawn_at END,
                        step_id = excluded.step_id, expected = excluded.expected, found = excluded.found, off_by = excluded.off_by
                    WHERE (d.withdrawn_at IS NOT NULL AND d.disposition IS NULL)
                        OR (d.step_id, d.expected, d.found, d.off_by) IS DISTINCT FROM (excluded.step_id, excluded.expected, excluded.found, excluded.off_by)
                    """,
                    job.Organization.Value, job.Id.Value, now, distinct.Select(_ => Guid.CreateVersion7(now)).ToArray(), Column(finding => finding.Identity),
                    Column(finding => Finding.Name(finding.Code)), Column(finding => finding.StepKey), Column(finding => finding.StepName),
                    distinct.Select(finding => finding.Step?.Value).ToArray(), Column(finding => finding.Parameter), Column(finding => finding.Expected),
                    Column(finding => finding.Found), distinct.Select(finding => finding.OffBy).ToArray()),
                cancellationToken);
        }

        return changed > 0;

        string?[] Column(Func<Finding, string?> select) => [.. distinct.Select(select)];
    }

    /// <summary>Whether something keeps the job from being released: an open deviation, or one for which the part was given up.</summary>
    public static Task<bool> HoldBackAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken) => session.ScalarAsync<bool>(
        new Sql("SELECT EXISTS (SELECT FROM job_deviation WHERE job_id = $1 AND (state = 'open' OR disposition = 'scrap'))", job.Value), cancellationToken);
}
