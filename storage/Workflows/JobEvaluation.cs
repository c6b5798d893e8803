using System.Buffers;
using System.Text;
using System.Text.Json;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>Holds jobs against their blueprints whenever something of them may have changed.</summary>
/// <remarks>
/// Off the way of the acknowledgement. Which steps are a job's is asked anew at every look, so a look never depends on the one before; steps behind a
/// site's cursor only say at which jobs to look. What was found, and that it was looked at, are one transaction.
/// </remarks>
public sealed class JobEvaluation(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Steps that are looked through for jobs at once.</summary>
    private const int StepsMax = 5000;

    private const int JobsMax = 500;

    /// <summary>The sites that have steps behind their cursors, of organizations with jobs.</summary>
    public Task<List<SiteId>> ListSitesAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            SELECT s.id FROM site AS s LEFT JOIN job_cursor AS c ON c.site_id = s.id
            WHERE EXISTS (SELECT FROM job WHERE organization_id = s.organization_id)
                AND EXISTS (SELECT FROM step_event AS e WHERE e.site_id = s.id AND e.position > coalesce(c.step_position, 0))
            """),
        row => new SiteId(row.GetGuid(0)), cancellationToken);

    /// <summary>Marks the jobs that the next steps of a site may be of.</summary>
    /// <returns>True when there may be more steps behind these.</returns>
    public Task<bool> MarkAsync(SiteId site, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(
                new Sql("INSERT INTO job_cursor (site_id, organization_id, step_position) SELECT id, organization_id, 0 FROM site WHERE id = $1 ON CONFLICT DO NOTHING", site.Value),
                cancellationToken);
            List<(Guid Organization, long Position)> cursor = await transaction.ListAsync(
                new Sql("SELECT organization_id, step_position FROM job_cursor WHERE site_id = $1 FOR UPDATE", site.Value),
                row => (row.GetGuid(0), row.GetInt64(1)), cancellationToken);
            if (cursor is not [var (organization, position)]) return false;
            List<(long? Last, int Count)> marked = await transaction.ListAsync(
                new Sql(
                    $"""
                    WITH news AS MATERIALIZED (
                        SELECT position, device_id, job, started FROM step_event WHERE site_id = $1 AND position > $2 ORDER BY position LIMIT {StepsMax}),
                    touched AS (
                        SELECT j.id FROM job AS j JOIN (SELECT DISTINCT job FROM news WHERE job IS NOT NULL) AS n ON j.code = n.job WHERE j.organization_id = $3
                        UNION
                        SELECT d.job_id FROM job_device AS d JOIN news AS n ON n.device_id = d.device_id AND n.started >= d.from_at AND (d.to_at IS NULL OR n.started < d.to_at)
                        WHERE n.job IS NULL),
                    marked AS (UPDATE job SET is_due = true WHERE id IN (SELECT id FROM touched) AND NOT is_due)
                    SELECT max(position), count(*)::integer FROM news
                    """,
                    site.Value, position, organization),
                row => (row.IsDBNull(0) ? null : (long?)row.GetInt64(0), row.GetInt32(1)), cancellationToken);
            if (marked is not [({ } last, var count)]) return false;
            await transaction.ExecuteAsync(new Sql("UPDATE job_cursor SET step_position = $2 WHERE site_id = $1", site.Value, last), cancellationToken);
            return count == StepsMax;
        },
        cancellationToken);

    /// <summary>Jobs that are to be looked at now.</summary>
    public Task<List<JobId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"""
            (SELECT id FROM job WHERE is_due ORDER BY id LIMIT {JobsMax})
            UNION (SELECT id FROM job WHERE look_at <= $1 ORDER BY look_at LIMIT {JobsMax})
            """,
            clock.GetUtcNow()),
        row => new JobId(row.GetGuid(0)), cancellationToken);

    public Task<bool> LookAsync(JobId job, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            if (await LockAsync(transaction, organization: null, job, cancellationToken) is { } locked) await LookAsync(transaction, locked, clock.GetUtcNow(), cancellationToken);
            return false;
        },
        cancellationToken);

    /// <summary>Holds the job to the transaction's end.</summary>
    /// <param name="organization">Null for whosever it is.</param>
    internal static Task<LockedJob?> LockAsync(DatabaseSession transaction, OrganizationId? organization, JobId job, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql(
            """
            SELECT j.organization_id, j.code, j.completed_at IS NOT NULL, j.decision, j.state, j.conformance, j.version, v.document
            FROM job AS j JOIN blueprint_version AS v ON v.blueprint_id = j.blueprint_id AND v.number = j.blueprint_number
            WHERE j.id = $1 AND ($2::uuid IS NULL OR j.organization_id = $2) FOR NO KEY UPDATE OF j
            """,
            job.Value, organization?.Value),
        row => new LockedJob(
            job, new OrganizationId(row.GetGuid(0)), row.GetString(1), row.GetBoolean(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4),
            row.IsDBNull(5) ? null : row.GetString(5), row.GetInt64(6), BlueprintJson.Read(row.GetString(7))),
        cancellationToken);

    /// <summary>Looks at a job that the transaction holds.</summary>
    /// <returns>As it stands then.</returns>
    internal static async Task<LockedJob> LookAsync(DatabaseSession transaction, LockedJob job, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<JoinedStep> joined = await JobSteps.ListAsync(transaction, job.Organization, job.Id, job.Code, cancellationToken);
        JobFacts facts = await JobFactsReader.ReadAsync(transaction, job.Organization, job.Id, job.Blueprint, joined, job.IsComplete, now, cancellationToken);
        Conformance found = Conformance.Of(job.Blueprint, facts);
        bool isChanged = await KeepStepsAsync(transaction, job.Id, [.. joined.Take(JobFacts.StepsMax)], cancellationToken);
        isChanged |= await Deviations.KeepAsync(transaction, job, found.Findings, now, cancellationToken);
        string conformance = Json(found);
        string state = job.Decision
            ?? (await Deviations.HoldBackAsync(transaction, job.Id, cancellationToken) ? JobStates.Deviating : found.IsFinished ? JobStates.Conforming : JobStates.Open);
        isChanged |= conformance != job.Conformance || state != job.State;
        await transaction.ExecuteAsync(
            new Sql(
                """
                UPDATE job SET conformance = $2, state = $3, state_since = CASE WHEN state = $3 THEN state_since ELSE $4 END, evaluated_at = $4, is_due = false, look_at = $5,
                    version = version + $6::integer, differs_since = CASE WHEN decision IS NOT NULL AND $6 THEN coalesce(differs_since, $4) ELSE differs_since END
                WHERE id = $1
                """,
                job.Id.Value, conformance, state, now, found.LookAgainAt, isChanged),
            cancellationToken);
        return job with { Conformance = conformance, State = state, Version = isChanged ? job.Version + 1 : job.Version };
    }

    private static async Task<bool> KeepStepsAsync(DatabaseSession transaction, JobId job, List<JoinedStep> joined, CancellationToken cancellationToken)
    {
        int changed = await transaction.ExecuteAsync(
            new Sql("DELETE FROM job_step WHERE job_id = $1 AND step_id <> ALL ($2)", job.Value, joined.Select(step => step.Id.Value).ToArray()), cancellationToken);
        changed += await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO job_step AS s (job_id, step_id, joined) SELECT $1, * FROM unnest($2::uuid[], $3::text[])
                ON CONFLICT (job_id, step_id) DO UPDATE SET joined = excluded.joined WHERE s.joined <> excluded.joined
                """,
                job.Value, joined.Select(step => step.Id.Value).ToArray(), joined.Select(step => step.Joined).ToArray()),
            cancellationToken);
        return changed > 0;
    }

    /// <summary>Letter by letter the same for the same finding: as it is stored, shown and signed.</summary>
    private static string Json(Conformance found)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("expected");
            foreach (ExpectedVerdict expected in found.Expected)
            {
                writer.WriteStartObject();
                writer.WriteString("key", expected.Key);
                writer.WriteString("name", expected.Name);
                writer.WriteString("verdict", JsonNamingPolicy.SnakeCaseLower.ConvertName(expected.Verdict.ToString()));
                WriteIds(writer, "steps", expected.Steps);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            WriteIds(writer, "extra", found.Extra);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteIds(Utf8JsonWriter writer, string name, IReadOnlyList<StepId> ids)
    {
        writer.WriteStartArray(name);
        foreach (StepId id in ids) writer.WriteStringValue(id.Value);
        writer.WriteEndArray();
    }
}

/// <summary>A job that a transaction holds.</summary>
internal sealed record LockedJob(
    JobId Id, OrganizationId Organization, string Code, bool IsComplete, string? Decision, string State, string? Conformance, long Version, Blueprint Blueprint);

/// <summary>How a job stands.</summary>
public static class JobStates
{
    public const string Open = "open";
    public const string Conforming = "conforming";
    public const string Deviating = "deviating";
    public const string Released = "released";
    public const string Rejected = "rejected";

    public static readonly string[] All = [Open, Conforming, Deviating, Released, Rejected];
}
