using System.Text.Json;
using Npgsql;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Workflows;

/// <summary>Which steps are a job's, and what they say: of many jobs at once, since each question costs more than what it is about.</summary>
internal static class JobSteps
{
    public const string ByCode = "code";
    public const string ByDevice = "device";
    public const string ByHand = "hand";

    public const string Added = "added";
    public const string Removed = "removed";
    public const string Reworked = "reworked";

    /// <summary>So many are read that there is one more than are looked at, whatever people have taken out of them.</summary>
    private const int ReadMax = JobFacts.StepsMax + 1 + JobStore.ChoicesMax;

    /// <summary>Things that were done, and named the job's code; were done on a device that worked for it; or that somebody added: less those that somebody took out.</summary>
    /// <returns>By the job, in the order of the ids; at most one more than <see cref="JobFacts.StepsMax"/> of each.</returns>
    public static async Task<Dictionary<JobId, List<JoinedStep>>> ListAsync(DatabaseSession session, IReadOnlyList<LockedJob> jobs, CancellationToken cancellationToken)
    {
        Dictionary<JobId, SortedDictionary<Guid, string>> joined = jobs.ToDictionary(job => job.Id, _ => new SortedDictionary<Guid, string>());
        Guid[] ids = [.. jobs.Select(job => job.Id.Value)];
        await session.ForEachAsync(
            new Sql(
                $"""
                SELECT j.id, s.id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS j (id, organization_id, code) CROSS JOIN LATERAL (
                    SELECT e.id FROM step_event AS e WHERE e.organization_id = j.organization_id AND e.job = j.code AND e.kind = $4 ORDER BY e.id LIMIT {ReadMax}) AS s
                """,
                ids, jobs.Select(job => job.Organization.Value).ToArray(), jobs.Select(job => job.Code).ToArray(), (short)StepKind.TaskPerformed),
            row => joined[new JobId(row.GetGuid(0))][row.GetGuid(1)] = ByCode, cancellationToken);
        await AddByDeviceAsync(session, jobs, joined, cancellationToken);
        Dictionary<(JobId, StepId), string> choices = await ChoicesAsync(session, ids, cancellationToken);
        foreach (((JobId job, StepId step), string choice) in choices)
        {
            if (choice == Removed) joined[job].Remove(step.Value);
            else joined[job].TryAdd(step.Value, ByHand);
        }

        return joined.ToDictionary(
            one => one.Key,
            one => one.Value.Take(JobFacts.StepsMax + 1)
                .Select(step => new JoinedStep(new StepId(step.Key), step.Value, choices.GetValueOrDefault((one.Key, new StepId(step.Key))) == Reworked)).ToList());
    }

    /// <summary>What the steps say, by their ids. One that is not there any more says nothing.</summary>
    /// <param name="series">The names of those that are needed.</param>
    public static async Task<Dictionary<StepId, DoneStep>> ReadAsync(
        DatabaseSession session, IReadOnlyCollection<StepId> steps, IReadOnlyCollection<string> series, CancellationToken cancellationToken)
    {
        if (steps.Count == 0) return [];
        Guid[] ids = [.. steps.Select(step => step.Value)];
        Dictionary<Guid, Dictionary<string, DoneSeries>> known = ids.Distinct().ToDictionary(id => id, _ => new Dictionary<string, DoneSeries>(StringComparer.Ordinal));
        if (series.Count > 0)
        {
            await session.ForEachAsync(
                new Sql(
                    """
                    SELECT step_id, name, unit, sample_count, first_value, last_value, min_value, max_value, mean, p05, p50, p95
                    FROM step_series WHERE step_id = ANY ($1) AND name = ANY ($2)
                    """,
                    ids, series.ToArray()),
                row => known[row.GetGuid(0)][row.GetString(1)] = new DoneSeries(
                    row.GetString(2), row.GetInt32(3), row.GetDouble(4), row.GetDouble(5), row.GetDouble(6), row.GetDouble(7), row.GetDouble(8), row.GetDouble(9),
                    row.GetDouble(10), row.GetDouble(11)),
                cancellationToken);
        }

        return (await session.ListAsync(
            new Sql(
                """
                SELECT e.id, e.device_id, d.model_id, m.kind, e.label, e.started, e.ended, e.outcome, e.settings::text
                FROM step_event AS e JOIN device AS d ON d.id = e.device_id JOIN device_model AS m ON m.id = d.model_id
                WHERE e.id = ANY ($1)
                """,
                ids),
            row => Read(row, known), cancellationToken)).ToDictionary(step => step.Id);
    }

    /// <summary>Few jobs have such times, and each has its own months to be looked into.</summary>
    private static async Task AddByDeviceAsync(
        DatabaseSession session, IReadOnlyList<LockedJob> jobs, Dictionary<JobId, SortedDictionary<Guid, string>> joined, CancellationToken cancellationToken)
    {
        Dictionary<JobId, OrganizationId> organizations = jobs.ToDictionary(job => job.Id, job => job.Organization);
        foreach ((JobId job, Guid device, DateTimeOffset from, DateTimeOffset? to) in await session.ListAsync(
            new Sql("SELECT job_id, device_id, from_at, to_at FROM job_device WHERE job_id = ANY ($1) ORDER BY id", organizations.Keys.Select(job => job.Value).ToArray()),
            row => (new JobId(row.GetGuid(0)), row.GetGuid(1), row.GetFieldValue<DateTimeOffset>(2), row.IsDBNull(3) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(3)),
            cancellationToken))
        {
            await session.ForEachAsync(
                new Sql(
                    $"""
                    SELECT id FROM step_event
                    WHERE device_id = $1 AND organization_id = $2 AND id >= $3 AND ($4::uuid IS NULL OR id < $4) AND started >= $5 AND ($6::timestamptz IS NULL OR started < $6)
                        AND job IS NULL AND kind = $7
                    ORDER BY id LIMIT {ReadMax}
                    """,
                    device, organizations[job].Value, StepId.Floor(from - StepLimits.IdTimeToleranceMax).Value,
                    to is { } end ? StepId.Floor(end + StepLimits.IdTimeToleranceMax).Value : null, from, to, (short)StepKind.TaskPerformed),
                row => joined[job].TryAdd(row.GetGuid(0), ByDevice), cancellationToken);
        }
    }

    private static DoneStep Read(NpgsqlDataReader row, Dictionary<Guid, Dictionary<string, DoneSeries>> series)
    {
        using JsonDocument settings = JsonDocument.Parse(row.GetString(8));
        return new DoneStep(
            new StepId(row.GetGuid(0)), new DeviceId(row.GetGuid(1)), row.GetGuid(2), row.GetString(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : (StepResult)row.GetInt16(7), settings.RootElement.Clone(), series[row.GetGuid(0)]);
    }

    /// <summary>The newest of each step.</summary>
    private static async Task<Dictionary<(JobId, StepId), string>> ChoicesAsync(DatabaseSession session, Guid[] jobs, CancellationToken cancellationToken)
    {
        Dictionary<(JobId, StepId), string> choices = [];
        await session.ForEachAsync(
            new Sql("SELECT job_id, step_id, choice FROM job_step_choice WHERE job_id = ANY ($1) ORDER BY position", jobs),
            row => choices[(new JobId(row.GetGuid(0)), new StepId(row.GetGuid(1)))] = row.GetString(2), cancellationToken);
        return choices;
    }
}

/// <param name="Joined">How it came to the job.</param>
/// <param name="IsReworked">It is to be done again, and counts no more.</param>
internal sealed record JoinedStep(StepId Id, string Joined, bool IsReworked);
