using System.Text;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Workflows;

/// <summary>Which jobs are looked for. What is null is no matter.</summary>
public sealed record JobFilter(OrganizationId Organization)
{
    public string? State { get; init; }

    /// <summary>The whole code, as it is scanned.</summary>
    public string? Code { get; init; }

    public BlueprintId? Blueprint { get; init; }

    /// <summary>Jobs that are for this case.</summary>
    public CaseId? Case { get; init; }

    /// <summary>Jobs that this step is of.</summary>
    public StepId? Step { get; init; }

    /// <summary>Jobs that are known to be others than what was signed (true), or all others (false).</summary>
    public bool? Differs { get; init; }
}

/// <summary>Something that waits for somebody.</summary>
/// <param name="Why">`deviations`: somebody must dispose of them; `release`: it is as approved, and somebody may sign; `changed_after_signature`: it is another than what was signed.</param>
/// <param name="Since">Since when it waits.</param>
/// <param name="Texts">What it is about, in sentences: of deviations the first ten.</param>
/// <param name="Decide">The path of the call that decides it.</param>
public sealed record ReviewItem(JobRow Job, string Why, DateTimeOffset Since, IReadOnlyList<string> Texts, string Decide);

/// <summary>A job that used a lot.</summary>
/// <param name="RemovedAt">When somebody took the lot out of the job again; null while it is in it.</param>
public sealed record LotUse(JobRow Job, DateTimeOffset AddedAt, DateTimeOffset? RemovedAt);

/// <summary>A run to learn from: a job's code, or a device and a time.</summary>
public sealed record RunReference(string? Code, DeviceId? Device, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>What users read of jobs. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class JobQueries(StepCloudDatabase database)
{
    private const int TextsMax = 10;

    /// <summary>Newest first.</summary>
    public Task<List<JobRow>> ListAsync(JobFilter filter, JobId? before, int countMax, CancellationToken cancellationToken)
    {
        StringBuilder where = new("WHERE j.organization_id = $1");
        List<object?> values = [filter.Organization.Value];
        void And(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            where.Append(" AND ").AppendFormat(System.Globalization.CultureInfo.InvariantCulture, condition, "$" + values.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        And("j.state = {0}", filter.State);
        And("j.code = {0}", filter.Code);
        And("j.blueprint_id = {0}", filter.Blueprint?.Value);
        And("j.case_id = {0}", filter.Case?.Value);
        And("j.id IN (SELECT job_id FROM job_step WHERE step_id = {0})", filter.Step?.Value);
        And("(j.differs_since IS NOT NULL) = {0}", filter.Differs);
        And("j.id < {0}", before?.Value);
        return database.ListAsync(new Sql($"{JobReads.SelectJob} {where} ORDER BY j.id DESC LIMIT {countMax}", [.. values]), JobReads.Row, cancellationToken);
    }

    public Task<JobView?> FindAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken) =>
        database.ReadMomentAsync(session => JobReads.FindAsync(session, organization, id, cancellationToken), cancellationToken);

    /// <summary>The jobs that a lot is or was in, newest first; null when the organization has no such lot.</summary>
    public Task<List<LotUse>?> ListByLotAsync(OrganizationId organization, MaterialLotId lot, JobId? before, int countMax, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            bool isKnown = await session.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM material_lot WHERE id = $1 AND organization_id = $2)", lot.Value, organization.Value), cancellationToken);
            if (!isKnown) return null;
            // The page first: what is told of a job is read of those alone.
            return await session.ListAsync(
                new Sql(
                    $"""
                    WITH uses AS MATERIALIZED (
                        SELECT job_id, added_at, removed_at FROM job_lot WHERE lot_id = $1 AND ($2::uuid IS NULL OR job_id < $2) ORDER BY job_id DESC LIMIT {countMax})
                    SELECT job.*, uses.added_at, uses.removed_at FROM uses JOIN LATERAL ({JobReads.SelectJob} WHERE j.id = uses.job_id) AS job ON true ORDER BY uses.job_id DESC
                    """,
                    lot.Value, before?.Value),
                row => new LotUse(JobReads.Row(row), row.GetFieldValue<DateTimeOffset>(22), row.IsDBNull(23) ? null : row.GetFieldValue<DateTimeOffset>(23)), cancellationToken);
        },
        cancellationToken);

    /// <summary>What waits for somebody, the longest first.</summary>
    /// <param name="after">The last of the page before: its `since` and its job.</param>
    public Task<List<ReviewItem>> ListReviewsAsync(OrganizationId organization, (DateTimeOffset Since, JobId Job)? after, int countMax, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async session =>
            {
                const string Page = "AND ($2::timestamptz IS NULL OR ({0}, id) > ($2, $3)) ORDER BY {0}, id LIMIT {1}";
                string Some(string time, string where) =>
                    $"(SELECT id, {time} AS since FROM job WHERE organization_id = $1 AND {where} {string.Format(System.Globalization.CultureInfo.InvariantCulture, Page, time, countMax)})";
                List<(JobRow Job, DateTimeOffset Since)> waiting = await session.ListAsync(
                    new Sql(
                        $"""
                        WITH waiting AS MATERIALIZED (
                            SELECT * FROM (
                                {Some("state_since", "state IN ('conforming', 'deviating')")} UNION ALL {Some("differs_since", "differs_since IS NOT NULL")}) AS either
                            ORDER BY since, id LIMIT {countMax})
                        SELECT job.*, waiting.since FROM waiting JOIN LATERAL ({JobReads.SelectJob} WHERE j.id = waiting.id) AS job ON true ORDER BY waiting.since, waiting.id
                        """,
                        organization.Value, after?.Since, after?.Job.Value),
                    row => (JobReads.Row(row), row.GetFieldValue<DateTimeOffset>(22)), cancellationToken);
                ILookup<Guid, string> texts = (await session.ListAsync(
                    new Sql(
                        $$"""
                        SELECT d.job_id, d.code, d.step_name, d.parameter, d.expected, d.found, d.off_by
                        FROM unnest($1::uuid[]) AS j (id) CROSS JOIN LATERAL (
                            SELECT * FROM job_deviation WHERE job_id = j.id AND state = 'open' ORDER BY found_at, finding LIMIT {{TextsMax}}) AS d
                        """,
                        waiting.Select(one => one.Job.Id.Value).ToArray()),
                    row => (
                        Job: row.GetGuid(0),
                        Text: Finding.SentenceOf(
                            row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4),
                            row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetDouble(6))),
                    cancellationToken)).ToLookup(one => one.Job, one => one.Text);
                return waiting.ConvertAll(one => Item(one.Job, one.Since, [.. texts[one.Job.Id.Value]]));
            },
            cancellationToken);

    /// <summary>The steps of each run, without what the organization does not have.</summary>
    /// <param name="series">The names of those that are needed; null for all.</param>
    public Task<List<List<DoneStep>>> ReadRunsAsync(
        OrganizationId organization, IReadOnlyList<RunReference> runs, IReadOnlyCollection<string>? series, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            List<List<DoneStep>> all = [];
            foreach (RunReference run in runs)
            {
                List<StepId> steps = await session.ListAsync(StepsOf(organization, run), row => new StepId(row.GetGuid(0)), cancellationToken);
                IReadOnlyCollection<string> names = series ?? await session.ListAsync(
                    new Sql("SELECT DISTINCT name FROM step_series WHERE step_id = ANY ($1)", steps.Select(step => step.Value).ToArray()), row => row.GetString(0), cancellationToken);
                all.Add([.. (await JobSteps.ReadAsync(session, steps, names, cancellationToken)).Values.OrderBy(step => step.Id.Value)]);
            }

            return all;
        },
        cancellationToken);

    private static Sql StepsOf(OrganizationId organization, RunReference run) => run.Code is { } code
        ? new Sql(
            $"SELECT id FROM step_event WHERE organization_id = $1 AND job = $2 AND kind = $3 ORDER BY id LIMIT {JobFacts.StepsMax}",
            organization.Value, code, (short)StepKind.TaskPerformed)
        : new Sql(
            $"""
            SELECT id FROM step_event WHERE organization_id = $1 AND device_id = $2 AND id >= $3 AND id < $4 AND started >= $5 AND started < $6 AND kind = $7
            ORDER BY id LIMIT {JobFacts.StepsMax}
            """,
            organization.Value, run.Device!.Value.Value, StepId.Floor(run.From!.Value - StepLimits.IdTimeToleranceMax).Value,
            StepId.Floor(run.To!.Value + StepLimits.IdTimeToleranceMax).Value, run.From, run.To, (short)StepKind.TaskPerformed);

    private static ReviewItem Item(JobRow job, DateTimeOffset since, IReadOnlyList<string> texts)
    {
        string path = $"/api/v1/jobs/{job.Id}";
        if (job.DiffersSince is not null)
            return new ReviewItem(job, "changed_after_signature", since, [$"It was {job.State} and is another since: steps or findings have changed.", .. texts], path + "/verification");
        return job.State == JobStates.Conforming
            ? new ReviewItem(job, "release", since, ["All that was approved was done as approved, or accepted."], path + "/release")
            : new ReviewItem(job, "deviations", since, texts.Count > 0 ? texts : ["It was given up as scrap."], texts.Count > 0 ? path + "/dispositions" : path + "/reject");
    }
}
