using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>How a job that nobody has decided of is changed: held, changed, looked at anew, and entered in the audit, in one transaction.</summary>
internal static class JobTransactions
{
    /// <param name="change">Does it, or throws <see cref="WorkflowRefusedException"/>. What it gives is entered in the audit.</param>
    public static Task<WorkflowOutcome<JobView>> ChangeAsync(
        StepCloudDatabase database, TimeProvider clock, OrganizationId organization, JobId id, AuditDoer doer,
        AnswerInTransaction<WorkflowOutcome<JobView>>? answer, Func<DatabaseSession, LockedJob, DateTimeOffset, Task<NewAuditEntry?>> change, CancellationToken cancellationToken) =>
        RunAsync(
            database, doer, answer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (await JobEvaluation.LockAsync(transaction, organization, id, cancellationToken) is not { } job) throw NotFound("job");
                if (job.Decision is { } decision) throw Refused("job_decided", $"It was {decision}.");
                NewAuditEntry? entry = await change(transaction, job, now);
                // Read again: what the change wrote belongs to what is looked at.
                job = (await JobEvaluation.LockAsync(transaction, organization, id, cancellationToken))!;
                JobView view = await LookAsync(transaction, job, now, cancellationToken);
                if (entry is not null) await AuditTrail.AppendAsync(transaction, now, entry, cancellationToken);
                return view;
            },
            cancellationToken);

    /// <summary>A transaction whose refusals are outcomes.</summary>
    public static async Task<WorkflowOutcome<T>> RunAsync<T>(
        StepCloudDatabase database, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<T>>? answer, Func<DatabaseSession, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync<WorkflowOutcome<T>>(
                doer,
                async transaction =>
                {
                    WorkflowOutcome<T>.Done done = new(await work(transaction));
                    if (answer is not null) await answer.KeepAsync(transaction, done, cancellationToken);
                    return done;
                },
                cancellationToken);
        }
        catch (WorkflowRefusedException e)
        {
            return new WorkflowOutcome<T>.NotDone(e.Why);
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "job_code_key" })
        {
            return new WorkflowOutcome<T>.NotDone(new WorkflowRefusal.Taken("code"));
        }
    }

    /// <summary>Looks at the job here, and has it looked at once more after the commit: steps that are committed meanwhile are seen then.</summary>
    public static async Task<JobView> LookAsync(DatabaseSession transaction, LockedJob job, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await JobEvaluation.LookAsync(transaction, job, now, cancellationToken);
        await transaction.ExecuteAsync(new Sql("UPDATE job SET is_due = true WHERE id = $1", job.Id.Value), cancellationToken);
        return await ViewAsync(transaction, job.Organization, job.Id, cancellationToken);
    }

    public static async Task<JobView> ViewAsync(DatabaseSession transaction, OrganizationId organization, JobId id, CancellationToken cancellationToken) =>
        await JobReads.FindAsync(transaction, organization, id, cancellationToken) ?? throw new InvalidOperationException($"The job {id} was changed and then not found.");

    public static WorkflowRefusedException NotFound(string what) => new(new WorkflowRefusal.NotFound(what));

    public static WorkflowRefusedException Refused(string code, string detail) => new(new WorkflowRefusal.Refused(code, detail));

    public static WorkflowRefusedException Invalid(string pointer, string detail) => new(new WorkflowRefusal.Invalid(pointer, detail));

    public static NewAuditEntry Entry(LockedJob job, AuditDoer doer, string action, string values) =>
        new(job.Organization, doer, action, new AuditSubject(AuditSubject.Job, job.Id.Value), New: values);
}
