using StepCloud.Actors.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>What was found of a job, as rows that are never deleted.</summary>
internal static class Deviations
{
    /// <summary>What is found for the first time is written; what is found no more is withdrawn, and comes back when it is found again.</summary>
    /// <returns>The jobs of which anything changed.</returns>
    public static async Task<HashSet<Guid>> KeepAsync(
        DatabaseSession transaction, IReadOnlyList<(LockedJob Job, IReadOnlyList<Finding> Findings)> jobs, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (LockedJob Job, Finding Finding)[] all = [.. jobs.SelectMany(one => one.Findings.DistinctBy(finding => finding.Identity).Select(finding => (one.Job, finding)))];
        Guid[] of = [.. all.Select(one => one.Job.Id.Value)];
        string?[] identities = Column(finding => finding.Identity);
        HashSet<Guid> changed = [];
        await transaction.ForEachAsync(
            new Sql(
                """
                UPDATE job_deviation AS d SET withdrawn_at = $4 WHERE d.job_id = ANY ($1) AND d.withdrawn_at IS NULL AND d.disposition IS NULL
                    AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::text[]) AS f (job_id, finding) WHERE f.job_id = d.job_id AND f.finding = d.finding)
                RETURNING d.job_id
                """,
                jobs.Select(one => one.Job.Id.Value).ToArray(), of, identities, now),
            row => changed.Add(row.GetGuid(0)), cancellationToken);
        if (all.Length == 0) return changed;
        await transaction.ForEachAsync(
            new Sql(
                """
                INSERT INTO job_deviation AS d (found_at, id, organization_id, job_id, finding, code, step_key, step_name, step_id, parameter, expected, found, off_by)
                SELECT $1, f.* FROM unnest(
                    $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::double precision[]) AS f
                ON CONFLICT (job_id, finding) DO UPDATE SET withdrawn_at = NULL WHERE d.withdrawn_at IS NOT NULL AND d.disposition IS NULL
                RETURNING d.job_id
                """,
                now, all.Select(_ => Guid.CreateVersion7(now)).ToArray(), all.Select(one => one.Job.Organization.Value).ToArray(), of, identities,
                Column(finding => Finding.Name(finding.Code)), Column(finding => finding.StepKey), Column(finding => finding.StepName),
                all.Select(one => one.Finding.Step?.Value).ToArray(), Column(finding => finding.Parameter), Column(finding => finding.Expected), Column(finding => finding.Found),
                all.Select(one => one.Finding.OffBy).ToArray()),
            row => changed.Add(row.GetGuid(0)), cancellationToken);
        return changed;

        string?[] Column(Func<Finding, string?> select) => [.. all.Select(one => select(one.Finding))];
    }

    /// <summary>The jobs that something keeps from being released: an open deviation, or one for which the part was given up.</summary>
    public static async Task<HashSet<Guid>> HoldBackAsync(DatabaseSession session, Guid[] jobs, CancellationToken cancellationToken) => [.. await session.ListAsync(
        new Sql("SELECT DISTINCT job_id FROM job_deviation WHERE job_id = ANY ($1) AND (state = 'open' OR disposition = 'scrap')", jobs), row => row.GetGuid(0), cancellationToken)];
}
