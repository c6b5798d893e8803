using System.Buffers;
using System.Text;
using System.Text.Json;
using Npgsql;
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

    /// <summary>Jobs that are looked at, and held, at once: some tens of milliseconds.</summary>
    private const int JobsMax = 100;

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
                    -- In the order of their ids, as whoever marks several jobs takes them. One that is marked already too: whoever looks at it in this moment may have
                    -- read before these came.
                    held AS MATERIALIZED (SELECT id FROM job WHERE id IN (SELECT id FROM touched) ORDER BY id FOR NO KEY UPDATE),
                    marked AS (UPDATE job SET is_due = true WHERE id IN (SELECT id FROM held))
                    SELECT max(position), count(*)::integer FROM news
                    """,
                    site.Value, position, organization),
                row => (row.IsDBNull(0) ? null : (long?)row.GetInt64(0), row.GetInt32(1)), cancellationToken);
            if (marked is not [({ } last, var count)]) return false;
            await transaction.ExecuteAsync(new Sql("UPDATE job_cursor SET step_position = $2 WHERE site_id = $1", site.Value, last), cancellationToken);
            return count == StepsMax;
        },
        cancellationToken);

    /// <summary>Some of the jobs that are to be looked at now.</summary>
    public Task<List<JobId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"""
            SELECT id FROM (
                (SELECT id FROM job WHERE is_due ORDER BY id LIMIT {JobsMax}) UNION (SELECT id FROM job WHERE look_at <= $1 ORDER BY look_at LIMIT {JobsMax})) AS due
            LIMIT {JobsMax}
            """,
            clock.GetUtcNow()),
        row => new JobId(row.GetGuid(0)), cancellationToken);

    /// <summary>Looks at jobs, all or none of them.</summary>
    /// <returns>How many: one that somebody changes in this moment is looked at by him, and its turn comes again.</returns>
    public Task<int> LookAsync(IReadOnlyList<JobId> due, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // Nobody here waits for a job while he holds others.
            List<LockedJob> jobs = await transaction.ListAsync(
                new Sql($"{SelectJob} WHERE j.id = ANY ($1) ORDER BY j.id FOR NO KEY UPDATE OF j SKIP LOCKED", due.Select(job => job.Value).ToArray()), Read, cancellationToken);
            if (jobs.Count > 0) await LookAsync(transaction, jobs, now, cancellationToken);
            return jobs.Count;
        },
        cancellationToken);

    /// <summary>One that cannot be looked at waits for a while, and keeps no other one waiting.</summary>
    public Task PostponeAsync(JobId job, TimeSpan rest, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE job SET is_due = false, look_at = $2 WHERE id = $1", job.Value, clock.GetUtcNow() + rest), cancellationToken);

    /// <summary>Holds the job to the transaction's end.</summary>
    internal static Task<LockedJob?> LockAsync(DatabaseSession transaction, OrganizationId organization, JobId job, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql($"{SelectJob} WHERE j.id = $1 AND j.organization_id = $2 FOR NO KEY UPDATE OF j", job.Value, organization.Value), Read, cancellationToken);

    /// <summary>Looks at a job that the transaction holds.</summary>
    /// <returns>As it stands then.</returns>
    internal static async Task<LockedJob> LookAsync(DatabaseSession transaction, LockedJob job, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await LookAsync(transaction, [job], now, cancellationToken))[0];

    private static async Task<List<LockedJob>> LookAsync(DatabaseSession transaction, IReadOnlyList<LockedJob> jobs, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Dictionary<JobId, List<JoinedStep>> joined = await JobSteps.ListAsync(transaction, jobs, cancellationToken);
        Dictionary<JobId, JobFacts> facts = await JobFactsReader.ReadAsync(transaction, jobs, joined, now, cancellationToken);
        List<(LockedJob Job, Conformance Found)> found = [.. jobs.Select(job => (job, Conformance.Of(job.Blueprint, facts[job.Id])))];
        HashSet<Guid> changed = await KeepStepsAsync(transaction, joined, cancellationToken);
        changed.UnionWith(await Deviations.KeepAsync(transaction, [.. found.Select(one => (one.Job, one.Found.Findings))], now, cancellationToken));
        HashSet<Guid> heldBack = await Deviations.HoldBackAsync(transaction, [.. jobs.Select(job => job.Id.Value)], cancellationToken);
        List<(LockedJob Job, bool IsChanged, DateTimeOffset? LookAt)> looked = [.. found.Select(one => Looked(one.Job, one.Found, heldBack.Contains(one.Job.Id.Value), changed.Contains(one.Job.Id.Value)))];
        await transaction.ExecuteAsync(
            new Sql(
                """
                UPDATE job AS j SET conformance = n.conformance, state = n.state, state_since = CASE WHEN j.state = n.state THEN j.state_since ELSE $1 END, evaluated_at = $1,
                    is_due = false, look_at = n.look_at, version = j.version + n.is_changed::integer,
                    differs_since = CASE WHEN j.decision IS NOT NULL AND n.is_changed THEN coalesce(j.differs_since, $1) ELSE j.differs_since END
                FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[]) AS n (id, conformance, state, look_at, is_changed)
                WHERE j.id = n.id
                """,
                now, looked.Select(one => one.Job.Id.Value).ToArray(), looked.Select(one => one.Job.Conformance).ToArray(), looked.Select(one => one.Job.State).ToArray(),
                looked.Select(one => one.LookAt?.ToUniversalTime()).ToArray(), looked.Select(one => one.IsChanged).ToArray()),
            cancellationToken);
        return looked.ConvertAll(one => one.Job);
    }

    private static (LockedJob Job, bool IsChanged, DateTimeOffset? LookAt) Looked(LockedJob job, Conformance found, bool isHeldBack, bool isChanged)
    {
        string conformance = Json(found);
        string state = job.Decision ?? (isHeldBack ? JobStates.Deviating : found.IsFinished ? JobStates.Conforming : JobStates.Open);
        isChanged |= conformance != job.Conformance || state != job.State;
        return (job with { Conformance = conformance, State = state, Version = isChanged ? job.Version + 1 : job.Version }, isChanged, found.LookAgainAt);
    }

    /// <returns>The jobs that have others than before.</returns>
    private static async Task<HashSet<Guid>> KeepStepsAsync(DatabaseSession transaction, Dictionary<JobId, List<JoinedStep>> joined, CancellationToken cancellationToken)
    {
        (Guid Job, JoinedStep Step)[] all = [.. joined.SelectMany(one => one.Value.Take(JobFacts.StepsMax).Select(step => (one.Key.Value, step)))];
        Guid[] jobs = [.. all.Select(one => one.Job)], steps = [.. all.Select(one => one.Step.Id.Value)];
        HashSet<Guid> changed = [];
        await transaction.ForEachAsync(
            new Sql(
                """
                DELETE FROM job_step AS s WHERE s.job_id = ANY ($1)
                    AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::uuid[]) AS n (job_id, step_id) WHERE n.job_id = s.job_id AND n.step_id = s.step_id)
                RETURNING s.job_id
                """,
                joined.Keys.Select(job => job.Value).ToArray(), jobs, steps),
            row => changed.Add(row.GetGuid(0)), cancellationToken);
        await transaction.ForEachAsync(
            new Sql(
                """
                INSERT INTO job_step AS s (job_id, step_id, joined) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
                ON CONFLICT (job_id, step_id) DO UPDATE SET joined = excluded.joined WHERE s.joined <> excluded.joined RETURNING s.job_id
                """,
                jobs, steps, all.Select(one => one.Step.Joined).ToArray()),
            row => changed.Add(row.GetGuid(0)), cancellationToken);
        return changed;
    }

    private const string SelectJob =
        """
        SELECT j.id, j.organization_id, j.code, j.completed_at IS NOT NULL, j.decision, j.state, j.conformance, j.version, v.document
        FROM job AS j JOIN blueprint_version AS v ON v.blueprint_id = j.blueprint_id AND v.number = j.blueprint_number
        """;

    private static LockedJob Read(NpgsqlDataReader row) => new(
        new JobId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), row.GetString(2), row.GetBoolean(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetString(5),
        row.IsDBNull(6) ? null : row.GetString(6), row.GetInt64(7), BlueprintJson.Read(row.GetString(8)));

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
