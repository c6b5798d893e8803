using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Cases;

namespace StepCloud.Storage.Workflows;

/// <summary>A job to be made.</summary>
/// <param name="Number">Of the blueprint's version; null for the newest that is approved.</param>
/// <param name="Case">Whom it is for; null for nobody in particular.</param>
public sealed record NewJob(string Code, string? Name, int Parts, BlueprintId Blueprint, int? Number, IReadOnlyList<MaterialLotId> Lots, CaseId? Case = null);

/// <summary>Makes and changes jobs. Every change looks at the job anew in its own transaction, so its answer tells what came of it.</summary>
public sealed class JobStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Of one job. A part is made of a handful.</summary>
    public const int LotsMax = 100;

    /// <summary>Of one job: each is asked for steps at every look.</summary>
    public const int DevicesMax = 200;

    /// <summary>What people decided of a job's single steps.</summary>
    public const int ChoicesMax = 2000;

    private const int YearsAheadMax = 10;

    public Task<WorkflowOutcome<JobView>> CreateAsync(
        OrganizationId organization, NewJob created, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, answer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                await JobCases.RequireAsync(transaction, organization, created.Case, cancellationToken);
                int number = await VersionAsync(transaction, organization, created, cancellationToken);
                JobId id = JobId.New(clock);
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO job (id, organization_id, code, name, parts, blueprint_id, blueprint_number, created_at, created_by, state, state_since, case_id)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $8, $10)
                        """,
                        id.Value, organization.Value, created.Code, created.Name, created.Parts, created.Blueprint.Value, number, now, user.Value, created.Case?.Value),
                    cancellationToken);
                for (int i = 0; i < created.Lots.Count; i++)
                    await AddLotAsync(transaction, organization, id, created.Lots[i], $"/lots/{i}", user, now, cancellationToken);
                LockedJob job = (await JobEvaluation.LockAsync(transaction, organization, id, cancellationToken))!;
                JobView view = await JobTransactions.LookAsync(transaction, job, now, cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    JobTransactions.Entry(
                        job, doer, AuditActions.Created(AuditSubject.Job),
                        AuditValues.Of(new { created.Code, created.Name, created.Parts, Blueprint = created.Blueprint.ToString(), number, Lots = created.Lots.Select(lot => lot.ToString()), Case = created.Case?.ToString() })),
                    cancellationToken);
                return view;
            },
            cancellationToken);

    public Task<WorkflowOutcome<JobView>> CompleteAsync(
        OrganizationId organization, JobId id, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer, CancellationToken cancellationToken) =>
        JobTransactions.ChangeAsync(
            database, clock, organization, id, doer, answer,
            async (transaction, job, now) => await transaction.ExecuteAsync(
                new Sql("UPDATE job SET completed_at = $2, completed_by = $3 WHERE id = $1 AND completed_at IS NULL", id.Value, now, user.Value), cancellationToken) == 0
                    ? null
                    : JobTransactions.Entry(job, doer, AuditActions.JobCompleted, AuditValues.Of(new { })),
            cancellationToken);

    public Task<WorkflowOutcome<JobView>> AddLotAsync(
        OrganizationId organization, JobId id, MaterialLotId lot, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            await AddLotAsync(transaction, organization, id, lot, "/lot", user, now, cancellationToken);
            return JobTransactions.Entry(job, doer, AuditActions.JobLotAdded, AuditValues.Of(new { Lot = lot.ToString() }));
        },
        cancellationToken);

    public Task<WorkflowOutcome<JobView>> RemoveLotAsync(
        OrganizationId organization, JobId id, MaterialLotId lot, string reason, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            int removed = await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE job_lot SET removed_at = $3, removed_by = $4, remove_reason = $5 WHERE job_id = $1 AND lot_id = $2 AND removed_at IS NULL",
                    id.Value, lot.Value, now, user.Value, reason),
                cancellationToken);
            if (removed == 0) throw JobTransactions.NotFound("lot of this job");
            return JobTransactions.Entry(job, doer, AuditActions.JobLotRemoved, AuditValues.Of(new { Lot = lot.ToString(), Reason = reason }));
        },
        cancellationToken);

    /// <summary>The device works for the job from then on: its steps that name no job are the job's.</summary>
    /// <param name="from">Null for now.</param>
    /// <param name="to">Null: until further notice.</param>
    public Task<WorkflowOutcome<JobView>> AddDeviceAsync(
        OrganizationId organization, JobId id, DeviceId device, DateTimeOffset? from, DateTimeOffset? to, UserId user, AuditDoer doer,
        AnswerInTransaction<WorkflowOutcome<JobView>>? answer, CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            DateTimeOffset begin = from ?? now;
            if (to <= begin) throw JobTransactions.Invalid("/to", "It must be after `from`.");
            if (to > now.AddYears(YearsAheadMax)) throw JobTransactions.Invalid("/to", $"It is {YearsAheadMax} years ahead at most. Leave it out for no end.");
            if (begin > now.AddYears(YearsAheadMax)) throw JobTransactions.Invalid("/from", $"It is {YearsAheadMax} years ahead at most.");
            if (begin < StepLimits.EarliestTime) throw JobTransactions.Invalid("/from", $"There are no steps before {StepLimits.EarliestTime:yyyy-MM-dd}.");
            bool isKnown = await transaction.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM device WHERE id = $1 AND organization_id = $2)", device.Value, organization.Value), cancellationToken);
            if (!isKnown) throw JobTransactions.Invalid("/device", "There is no such device in this organization.");
            long count = await transaction.ScalarAsync<long>(new Sql("SELECT count(*) FROM job_device WHERE job_id = $1", id.Value), cancellationToken);
            if (count >= DevicesMax) throw JobTransactions.Refused("job_full", $"{DevicesMax} times of devices are as many as a job can have.");
            JobDeviceId added = JobDeviceId.New(clock);
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO job_device (id, job_id, device_id, from_at, to_at, added_at, added_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    added.Value, id.Value, device.Value, begin, to, now, user.Value),
                cancellationToken);
            return JobTransactions.Entry(job, doer, AuditActions.JobDeviceAdded, AuditValues.Of(new { Device = device.ToString(), From = begin, To = to }));
        },
        cancellationToken);

    /// <param name="to">Null for now.</param>
    public Task<WorkflowOutcome<JobView>> EndDeviceAsync(
        OrganizationId organization, JobId id, JobDeviceId assignment, DateTimeOffset? to, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            List<DateTimeOffset> from = await transaction.ListAsync(
                new Sql("SELECT from_at FROM job_device WHERE id = $1 AND job_id = $2", assignment.Value, id.Value), row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken);
            if (from is not [var begin]) throw JobTransactions.NotFound("device of this job");
            DateTimeOffset end = to ?? now;
            if (end > now.AddYears(YearsAheadMax)) throw JobTransactions.Invalid("/to", $"It is {YearsAheadMax} years ahead at most.");
            if (end <= begin) throw JobTransactions.Invalid("/to", "It must be after `from`.");
            await transaction.ExecuteAsync(new Sql("UPDATE job_device SET to_at = $2 WHERE id = $1", assignment.Value, end), cancellationToken);
            return JobTransactions.Entry(job, doer, AuditActions.JobDeviceEnded, AuditValues.Of(new { Assignment = assignment.ToString(), To = end }));
        },
        cancellationToken);

    /// <summary>Somebody says of a step that it is the job's, or is not.</summary>
    public Task<WorkflowOutcome<JobView>> ChooseStepAsync(
        OrganizationId organization, JobId id, StepId step, bool isMember, string reason, UserId user, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            List<short> kinds = await transaction.ListAsync(
                new Sql("SELECT kind FROM step_event WHERE id = $1 AND organization_id = $2", step.Value, organization.Value), row => row.GetInt16(0), cancellationToken);
            if (kinds is not [var kind]) throw isMember ? JobTransactions.Invalid("/step", "There is no such step in this organization.") : JobTransactions.NotFound("step");
            bool isReworked = await transaction.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM job_step_choice WHERE job_id = $1 AND step_id = $2 AND choice = 'reworked')", id.Value, step.Value), cancellationToken);
            if (isReworked) throw JobTransactions.Refused("step_reworked", "Somebody decided that it is to be done again. What is done again is another step.");
            if (kind != (short)StepKind.TaskPerformed) throw JobTransactions.Invalid("/step", "It is a change of settings: nothing was done in it.");
            await KeepChoiceAsync(transaction, id, step, isMember ? JobSteps.Added : JobSteps.Removed, reason, user, now, cancellationToken);
            return JobTransactions.Entry(
                job, doer, isMember ? AuditActions.JobStepAdded : AuditActions.JobStepRemoved, AuditValues.Of(new { Step = step.ToString(), Reason = reason }));
        },
        cancellationToken);

    internal static async Task KeepChoiceAsync(
        DatabaseSession transaction, JobId id, StepId step, string choice, string reason, UserId user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        long count = await transaction.ScalarAsync<long>(new Sql("SELECT count(*) FROM job_step_choice WHERE job_id = $1", id.Value), cancellationToken);
        if (count >= ChoicesMax) throw JobTransactions.Refused("job_full", $"{ChoicesMax} decisions of single steps are as many as a job can have.");
        await transaction.ExecuteAsync(
            new Sql(
                "INSERT INTO job_step_choice (job_id, step_id, choice, at, by, reason) VALUES ($1, $2, $3, $4, $5, $6)", id.Value, step.Value, choice, now, user.Value, reason),
            cancellationToken);
    }

    private static async Task<int> VersionAsync(DatabaseSession transaction, OrganizationId organization, NewJob created, CancellationToken cancellationToken)
    {
        // Held, so that it is not retired while the job is made.
        List<(int Number, string State)> versions = await transaction.ListAsync(
            new Sql(
                """
                SELECT v.number, v.state FROM blueprint_version AS v JOIN blueprint AS b ON b.id = v.blueprint_id
                WHERE v.blueprint_id = $1 AND v.organization_id = $2 AND b.archived_at IS NULL AND ($3::integer IS NULL OR v.number = $3)
                ORDER BY (v.state = 'approved') DESC, v.number DESC LIMIT 1 FOR SHARE OF v
                """,
                created.Blueprint.Value, organization.Value, created.Number),
            row => (row.GetInt32(0), row.GetString(1)), cancellationToken);
        if (versions is not [var (number, state)])
            throw JobTransactions.Invalid(created.Number is null ? "/blueprint" : "/blueprint_version", "There is no such blueprint in this organization, or it has no such version.");
        return state == "approved"
            ? number
            : throw JobTransactions.Refused("blueprint_not_approved", $"Version {number} is {(state == "draft" ? "a draft: have it approved first" : "retired: take a newer one")}.");
    }

    private static async Task AddLotAsync(
        DatabaseSession transaction, OrganizationId organization, JobId id, MaterialLotId lot, string pointer, UserId user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<(string Name, DateOnly? Expires)> lots = await transaction.ListAsync(
            new Sql("SELECT material || ' ' || lot, expires_on FROM material_lot WHERE id = $1 AND organization_id = $2 AND archived_at IS NULL", lot.Value, organization.Value),
            row => (row.GetString(0), row.IsDBNull(1) ? (DateOnly?)null : row.GetFieldValue<DateOnly>(1)), cancellationToken);
        if (lots is not [var (name, expires)]) throw JobTransactions.Invalid(pointer, "There is no such lot in this organization, or it is archived.");
        if (expires < DateOnly.FromDateTime(now.UtcDateTime)) throw JobTransactions.Refused("lot_expired", $"{name} has expired on {expires:yyyy-MM-dd}. Take another lot.");
        long count = await transaction.ScalarAsync<long>(new Sql("SELECT count(*) FROM job_lot WHERE job_id = $1", id.Value), cancellationToken);
        if (count >= LotsMax) throw JobTransactions.Refused("job_full", $"{LotsMax} lots are as many as a job can have.");
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO job_lot (job_id, lot_id, added_at, added_by) VALUES ($1, $2, $3, $4)
                ON CONFLICT (job_id, lot_id) WHERE removed_at IS NULL DO NOTHING
                """,
                id.Value, lot.Value, now, user.Value),
            cancellationToken);
    }
}
