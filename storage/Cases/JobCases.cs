using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Cases;

/// <summary>Which case a job is for.</summary>
public sealed class JobCases(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Says which case a job is for, until somebody has decided of the job.</summary>
    /// <param name="of">Null for none.</param>
    public Task<WorkflowOutcome<JobView>> SetAsync(
        OrganizationId organization, JobId id, CaseId? of, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<JobView>>? answer, CancellationToken cancellationToken) =>
        JobTransactions.ChangeAsync(
            database, clock, organization, id, doer, answer,
            async (transaction, job, _) =>
            {
                await RequireAsync(transaction, organization, of, cancellationToken);
                int changed = await transaction.ExecuteAsync(
                    new Sql("UPDATE job SET case_id = $2, version = version + 1 WHERE id = $1 AND case_id IS DISTINCT FROM $2", id.Value, of?.Value), cancellationToken);
                return changed == 0 ? null : JobTransactions.Entry(job, doer, AuditActions.JobCaseChanged, AuditValues.Of(new { Case = of?.ToString() }));
            },
            cancellationToken);

    /// <exception cref="WorkflowRefusedException">The organization has no such case, or it is erased.</exception>
    internal static async Task RequireAsync(DatabaseSession transaction, OrganizationId organization, CaseId? of, CancellationToken cancellationToken)
    {
        if (of is not { } id) return;
        List<bool> erased = await transaction.ListAsync(
            new Sql("SELECT erased_at IS NOT NULL FROM case_file WHERE id = $1 AND organization_id = $2 FOR KEY SHARE", id.Value, organization.Value), row => row.GetBoolean(0), cancellationToken);
        if (erased is not [var isErased]) throw JobTransactions.Invalid("/case", "There is no such case in this organization.");
        if (isErased) throw CaseStore.Erased();
    }
}
