using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>What people decide of jobs: of their deviations, and whether the parts leave the house.</summary>
public sealed class JobDecisions(StepCloudDatabase database, IRecordSigner signing, TimeProvider clock)
{
    public const string Accept = "accept";
    public const string Rework = "rework";
    public const string Scrap = "scrap";

    public static readonly string[] Dispositions = [Accept, Rework, Scrap];

    /// <summary>Closes deviations. `rework` puts their steps, done or not, on the list again; after `scrap` the job can only be rejected.</summary>
    /// <param name="deviations">Null for all that are open.</param>
    /// <param name="version">That the caller has seen; null for whatever stands there.</param>
    public Task<WorkflowOutcome<JobView>> DisposeAsync(
        OrganizationId organization, JobId id, IReadOnlyList<JobDeviationId>? deviations, long? version, string disposition, string reason, UserId user, AuditDoer doer,
        AnswerInTransaction<WorkflowOutcome<JobView>>? answer, CancellationToken cancellationToken) => JobTransactions.ChangeAsync(
        database, clock, organization, id, doer, answer,
        async (transaction, job, now) =>
        {
            if (version is { } seen && seen != job.Version) throw new WorkflowRefusedException(new WorkflowRefusal.Stale(job.Version));
            List<(Guid Id, string? Key, Guid? Step, string State)> found = await transaction.ListAsync(
                new Sql(
                    "SELECT id, step_key, step_id, state FROM job_deviation WHERE job_id = $1 AND CASE WHEN $2::uuid[] IS NULL THEN state = 'open' ELSE id = ANY ($2) END",
                    id.Value, deviations?.Select(one => one.Value).ToArray()),
                row => (row.GetGuid(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? (Guid?)null : row.GetGuid(2), row.GetString(3)), cancellationToken);
            if (deviations is not null && found.Count < deviations.Distinct().Count()) throw JobTransactions.Invalid("/deviations", "The job has not all of these.");
            if (found.Count == 0) throw JobTransactions.Refused("deviation_closed", "The job has no open deviation.");
            if (found.Exists(one => one.State != "open")) throw JobTransactions.Refused("deviation_closed", "One of these is closed or withdrawn. Read the job again.");
            if (disposition == Rework && found.Exists(one => one.Key is null))
                throw JobTransactions.Invalid("/disposition", "What is not expected cannot be done again: accept it, or take the step out of the job.");
            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE job_deviation SET disposition = $2, reason = $3, disposed_at = $4, disposed_by = $5 WHERE id = ANY ($1)",
                    found.Select(one => one.Id).ToArray(), disposition, reason, now, user.Value),
                cancellationToken);
            if (disposition == Rework)
            {
                foreach (Guid step in found.Select(one => one.Step).OfType<Guid>().Distinct())
                    await JobStore.KeepChoiceAsync(transaction, id, new StepId(step), JobSteps.Reworked, reason, user, now, cancellationToken);
            }

            return JobTransactions.Entry(
                job, doer, AuditActions.JobDeviationsDisposed,
                AuditValues.Of(new { disposition, reason, Deviations = found.Select(one => one.Id.ToString("D")) }));
        },
        cancellationToken);

    /// <summary>Signs a job's record as it stands, and closes the job with it.</summary>
    /// <param name="decision">`released` or `rejected`.</param>
    /// <param name="version">That the signer has seen; null for whatever stands there.</param>
    public Task<WorkflowOutcome<JobView>> DecideAsync(
        OrganizationId organization, JobId id, string decision, long? version, Signer signer, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            LockedJob job = await JobEvaluation.LockAsync(transaction, organization, id, cancellationToken) ?? throw JobTransactions.NotFound("job");
            // What is judged is what is written into the record.
            await transaction.ListAsync(
                new Sql("SELECT id FROM material_lot WHERE id IN (SELECT lot_id FROM job_lot WHERE job_id = $1) ORDER BY id FOR SHARE", id.Value), row => row.GetGuid(0), cancellationToken);
            if (job.Decision is { } before) throw JobTransactions.Refused("job_decided", $"It was {before}.");
            // What came meanwhile is seen now or never: the signer has seen what stands there.
            job = await JobEvaluation.LookAsync(transaction, job, now, cancellationToken);
            if (version is { } seen && seen != job.Version) throw new WorkflowRefusedException(new WorkflowRefusal.Stale(job.Version));
            if (decision == JobStates.Released)
            {
                CheckConforming(job);
                await CheckApprovedAsync(transaction, id, cancellationToken);
            }

            BatchRecord record = await BatchRecordWriter.WriteAsync(transaction, organization, id, cancellationToken)
                ?? throw JobTransactions.Refused("record_too_large", BatchRecordWriter.TooLarge);
            SignatureFacts facts = await Signatures.AddAsync(
                transaction, signing, organization, SignatureFacts.Job, id.Value, number: null, decision, signer, SHA256.HashData(record.Record), SHA256.HashData(record.Charts), now,
                cancellationToken);
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE job SET decision = $2, state = $2, state_since = $3, decided_at = $4, decided_by = $5, decision_reason = $6, signature_id = $7, is_due = true, look_at = NULL,
                        version = version + 1
                    WHERE id = $1
                    """,
                    id.Value, decision, now, facts.SignedAt, signer.Id.Value, signer.Comment, facts.Id.Value),
                cancellationToken);
            JobView view = await JobTransactions.ViewAsync(transaction, organization, id, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                JobTransactions.Entry(
                    job, doer, decision == JobStates.Released ? AuditActions.JobReleased : AuditActions.JobRejected,
                    AuditValues.Of(new { Signature = facts.Id.ToString(), RecordSha256 = Convert.ToHexStringLower(facts.RecordHash), ChartsSha256 = Convert.ToHexStringLower(facts.ChartsHash!), signer.Comment })),
                cancellationToken);
            AuditEntry entry = (await transaction.FirstAsync(
                new Sql($"SELECT {AuditRows.EntryColumns} FROM audit_entry WHERE chain_id = $1 ORDER BY sequence DESC LIMIT 1", organization.Value), AuditRows.Entry, cancellationToken))!;
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO job_record (job_id, signature_id, record, charts, audit_sequence, audit_head) VALUES ($1, $2, $3, $4, $5, $6)",
                    id.Value, facts.Id.Value, record.Record, record.Charts, entry.Sequence, signing.SignHead(entry)),
                cancellationToken);
            return view;
        },
        cancellationToken);

    /// <summary>What the job was judged by is what somebody approved, letter by letter.</summary>
    private static async Task CheckApprovedAsync(DatabaseSession transaction, JobId id, CancellationToken cancellationToken)
    {
        (string document, byte[] approved) = (await transaction.FirstAsync(
            new Sql(
                """
                SELECT v.document, s.record_hash FROM job AS j JOIN blueprint_version AS v ON v.blueprint_id = j.blueprint_id AND v.number = j.blueprint_number
                    JOIN signature AS s ON s.id = v.signature_id
                WHERE j.id = $1
                """,
                id.Value),
            row => Tuple.Create(row.GetString(0), row.GetFieldValue<byte[]>(1)), cancellationToken))!;
        if (BlueprintStore.Sha256(document) != Convert.ToHexStringLower(approved))
            throw JobTransactions.Refused("blueprint_altered", "The version of the blueprint is not what was approved: somebody has altered it in the database.");
    }

    private static void CheckConforming(LockedJob job)
    {
        if (job.State == JobStates.Deviating)
            throw JobTransactions.Refused("open_deviations", "The job has open deviations, or was given up as scrap. Dispose of each of them, or reject the job.");
        if (job.State == JobStates.Open)
            throw JobTransactions.Refused("job_incomplete", "Steps are awaited still. If no more will come, say that the job is complete; what is missing is a deviation then.");
    }
}
