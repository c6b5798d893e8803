using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Cases;

/// <summary>All that is known of a case at one moment, for the person whose it is.</summary>
/// <param name="Jobs">For the case, newest first.</param>
/// <param name="Audit">The entries about it, newest first; the one of this reading too.</param>
public sealed record CaseContents(CaseView Case, IReadOnlyList<ConsentView> Consents, IReadOnlyList<JobOfCase> Jobs, IReadOnlyList<AuditEntry> Audit);

/// <param name="Steps">The ids of its steps, by time.</param>
public sealed record JobOfCase(JobRow Job, IReadOnlyList<StepId> Steps);

/// <summary>Reads all that is known of a case, and enters that it was handed out before it is.</summary>
public sealed class CaseExport(StepCloudDatabase database, KeyRing keys, AuditTrail trail, AuditQueries audit, TimeProvider clock)
{
    /// <returns>Null when the organization has no such case.</returns>
    /// <exception cref="SealBrokenException">A key or a field was altered.</exception>
    public async Task<CaseContents?> ReadAsync(OrganizationId organization, CaseId id, AuditDoer doer, CancellationToken cancellationToken)
    {
        CaseContents? contents = await database.ReadMomentAsync(
            async session =>
            {
                if (await CaseReads.FindAsync(session, keys, organization, id, cancellationToken) is not { } found) return null;
                using SecretKey? key = await keys.FindAsync(session, KeyName.OfCase(organization, id), cancellationToken);
                List<ConsentView> consents = await ConsentReads.ListAsync(session, id, key, null, clock.GetUtcNow(), cancellationToken);
                List<JobRow> jobs = await session.ListAsync(new Sql($"{JobReads.SelectJob} WHERE j.case_id = $1 ORDER BY j.id DESC", id.Value), JobReads.Row, cancellationToken);
                ILookup<Guid, StepId> steps = (await session.ListAsync(
                    new Sql("SELECT s.job_id, s.step_id FROM job_step AS s JOIN job AS j ON j.id = s.job_id WHERE j.case_id = $1 ORDER BY s.step_id", id.Value),
                    row => (Job: row.GetGuid(0), Step: new StepId(row.GetGuid(1))), cancellationToken)).ToLookup(one => one.Job, one => one.Step);
                return new CaseContents(found, consents, jobs.ConvertAll(job => new JobOfCase(job, [.. steps[job.Id.Value]])), []);
            },
            cancellationToken);
        if (contents is null) return null;
        await trail.AppendAsync(CaseStore.Entry(organization, id, doer, AuditActions.CaseExported, AuditValues.Of(new { Jobs = contents.Jobs.Count })), cancellationToken);
        AuditFilter about = new(AuditSubject.Case, id.ToString());
        return contents with { Audit = await audit.ListAllAsync(organization, about, cancellationToken) };
    }
}
