using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Cases;

/// <summary>All that is known of a case at one moment, for the person whose it is.</summary>
/// <param name="Jobs">For the case, newest first.</param>
/// <param name="Recordings">Of the case and of its jobs, whole ones, newest first.</param>
/// <param name="Audit">The entries about it and its recordings, but for those that are gone, newest first; the one of this reading too.</param>
public sealed record CaseContents(
    CaseView Case, IReadOnlyList<ConsentView> Consents, IReadOnlyList<JobOfCase> Jobs, IReadOnlyList<RecordingOfCase> Recordings, IReadOnlyList<AuditEntry> Audit);

/// <param name="Steps">The ids of its steps, by time.</param>
public sealed record JobOfCase(JobRow Job, IReadOnlyList<StepId> Steps);

/// <param name="Name">Null when it has none, and while no consent holds.</param>
/// <param name="Folders">That it is in.</param>
public sealed record RecordingOfCase(Recording Recording, string? Name, IReadOnlyList<FolderId> Folders);

/// <summary>Reads all that is known of a case, and enters that it was handed out before it is.</summary>
public sealed class CaseExport(StepCloudDatabase database, KeyRing keys, AuditTrail trail, AuditQueries audit, TimeProvider clock)
{
    /// <returns>Null when the organization has no such case.</returns>
    /// <exception cref="SealBrokenException">A key or a field was altered.</exception>
    /// <param name="name">Opens the name of a recording with its key.</param>
    public async Task<CaseContents?> ReadAsync(
        OrganizationId organization, CaseId id, Func<Recording, SecretKey, string?> name, AuditDoer doer, CancellationToken cancellationToken)
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
                List<RecordingOfCase> recordings = await RecordingsAsync(session, id, name, cancellationToken);
                return new CaseContents(found, consents, jobs.ConvertAll(job => new JobOfCase(job, [.. steps[job.Id.Value]])), recordings, []);
            },
            cancellationToken);
        if (contents is null) return null;
        await trail.AppendAsync(CaseStore.Entry(organization, id, doer, AuditActions.CaseExported, AuditValues.Of(new { Jobs = contents.Jobs.Count, Recordings = contents.Recordings.Count })), cancellationToken);
        return contents with { Audit = await AuditAsync(organization, id, cancellationToken) };
    }

    private async Task<List<AuditEntry>> AuditAsync(OrganizationId organization, CaseId id, CancellationToken cancellationToken)
    {
        List<AuditEntry> entries = await audit.ListAllAsync(organization, new AuditFilter(AuditSubject.Case, id.ToString()), cancellationToken);
        List<RecordingId> recordings = await database.ListAsync(
            new Sql("SELECT id FROM recording WHERE case_id = $1", id.Value), row => new RecordingId(row.GetGuid(0)), cancellationToken);
        foreach (RecordingId recording in recordings)
            entries.AddRange(await audit.ListAllAsync(organization, new AuditFilter(AuditSubject.Recording, recording.ToString()), cancellationToken));
        entries.Sort((one, other) => other.Sequence.CompareTo(one.Sequence));
        return entries;
    }

    private async Task<List<RecordingOfCase>> RecordingsAsync(
        DatabaseSession session, CaseId id, Func<Recording, SecretKey, string?> name, CancellationToken cancellationToken)
    {
        List<Recording> rows = await session.ListAsync(
            new Sql(Recording.Select + " WHERE r.case_id = $1 AND r.stored_at IS NOT NULL ORDER BY r.id DESC", id.Value), Recording.Read, cancellationToken);
        ILookup<Guid, FolderId> folders = (await session.ListAsync(
            new Sql("SELECT i.recording_id, i.folder_id FROM folder_recording AS i JOIN recording AS r ON r.id = i.recording_id WHERE r.case_id = $1 ORDER BY i.folder_id", id.Value),
            row => (Recording: row.GetGuid(0), Folder: new FolderId(row.GetGuid(1))), cancellationToken)).ToLookup(one => one.Recording, one => one.Folder);
        List<RecordingOfCase> recordings = [];
        foreach (Recording row in rows)
        {
            using SecretKey? key = row is { NameSealed: not null, HasConsent: true }
                ? await keys.FindAsync(session, KeyName.OfRecording(row.Organization, row.Id), cancellationToken)
                : null;
            recordings.Add(new RecordingOfCase(row, key is null ? null : name(row, key), [.. folders[row.Id.Value]]));
        }

        return recordings;
    }
}
