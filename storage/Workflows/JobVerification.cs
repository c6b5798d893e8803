using System.Security.Cryptography;
using System.Text.Json;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>A job's record as it was signed, or as it stands.</summary>
/// <param name="Signature">Null for one that nobody has signed.</param>
/// <param name="Entry">Of the audit, that the signature made; null for one that nobody has signed.</param>
/// <param name="Head">Signed over the entry.</param>
public sealed record KeptRecord(JobId Job, string Code, BatchRecord Record, SignatureView? Signature, AuditEntry? Entry, string? Head);

/// <summary>How a signed job was found.</summary>
/// <param name="Differences">What is not as it was signed, in sentences; none when all is.</param>
/// <param name="Renamed">What devices, people or the organization are called otherwise since: that changes nothing of what was signed.</param>
public sealed record JobVerdict(JobId Job, string Code, SignatureView? Signature, IReadOnlyList<string> Differences, IReadOnlyList<string> Renamed);

/// <summary>Holds what is stored of a signed job against what was signed.</summary>
public sealed class JobVerification(StepCloudDatabase database, StepVerification steps)
{
    private const int DifferencesMax = 50;

    /// <summary>The record: of a job that was signed as it was then, byte by byte; of another as it stands.</summary>
    /// <returns>Null when the organization has no such job; <see cref="WorkflowOutcome{T}.NotDone"/> when it would be too large.</returns>
    public Task<WorkflowOutcome<KeptRecord>?> FindRecordAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken) => database.ReadMomentAsync<WorkflowOutcome<KeptRecord>?>(
        async session =>
        {
            if (await JobReads.FindAsync(session, organization, id, cancellationToken) is not { } view) return null;
            if (await KeptAsync(session, organization, view, cancellationToken) is { } kept) return new WorkflowOutcome<KeptRecord>.Done(kept);
            return await BatchRecordWriter.WriteAsync(session, organization, id, cancellationToken) is { } record
                ? new WorkflowOutcome<KeptRecord>.Done(new KeptRecord(id, view.Job.Code, record, null, null, null))
                : new WorkflowOutcome<KeptRecord>.NotDone(new WorkflowRefusal.Refused("record_too_large", BatchRecordWriter.TooLarge));
        },
        cancellationToken);

    /// <summary>Reads everything anew: the steps with their samples too.</summary>
    /// <param name="faultOf">What is wrong with a signature by itself; null for nothing.</param>
    /// <returns>Null when the organization has no such job.</returns>
    public async Task<JobVerdict?> VerifyAsync(OrganizationId organization, JobId id, Func<SignatureView, string?> faultOf, CancellationToken cancellationToken)
    {
        (JobView? view, KeptRecord? kept, byte[]? facts, byte[]? context) = await database.ReadMomentAsync<(JobView?, KeptRecord?, byte[]?, byte[]?)>(
            async session =>
            {
                if (await JobReads.FindAsync(session, organization, id, cancellationToken) is not { } found) return (null, null, null, null);
                if (await KeptAsync(session, organization, found, cancellationToken) is not { } record) return (found, null, null, null);
                if (await BatchRecordWriter.FactsAsync(session, organization, id, cancellationToken) is not { } written) return (found, record, null, null);
                using JsonDocument json = JsonDocument.Parse(written);
                return (found, record, written, await BatchRecordContext.WriteAsync(session, organization, json.RootElement, cancellationToken));
            },
            cancellationToken);
        if (view is null) return null;
        List<string> differences = [], renamed = [];
        foreach (SignatureView signature in view.Signatures)
            if (faultOf(signature) is { } fault) differences.Add($"The signature {signature.Id} ({signature.Meaning} by {signature.UserName}): {fault}.");
        if (kept is null)
        {
            bool wasSigned = await database.ScalarAsync<bool>(
                new Sql(
                    "SELECT EXISTS (SELECT FROM audit_entry WHERE chain_id = $1 AND subject_id = $2 AND action IN ($3, $4))",
                    organization.Value, id.ToString(), AuditActions.JobReleased, AuditActions.JobRejected),
                cancellationToken);
            if (wasSigned) differences.Add("The audit says that the job was signed, and its signature is gone.");
            if (view.Job.State is JobStates.Released or JobStates.Rejected) differences.Add($"The job is {view.Job.State}, and its signed record is gone.");
            return new JobVerdict(id, view.Job.Code, null, differences, []);
        }

        SignatureView signed = kept.Signature!;
        if (view.Job.State != signed.Meaning) differences.Add($"The job was {signed.Meaning} by signature and is stored as {view.Job.State}.");
        if ((view.Job.DecidedBy, view.Job.DecidedAt, view.Job.DecisionReason) != (signed.UserId, signed.SignedAt, signed.Comment))
            differences.Add("Who decided of the job, when or why is stored otherwise than it was signed.");
        if (Hash(kept.Record.Record) != signed.RecordSha256) differences.Add("The record that is kept is not the one that was signed.");
        if (Hash(kept.Record.Charts) != signed.ChartsSha256) differences.Add("The charts that are kept are not those that were signed.");
        if (!JsonTexts.IsJson(kept.Record.Record)) return new JobVerdict(id, view.Job.Code, signed, [.. differences, "The record that is kept cannot be read."], []);
        using JsonDocument record = JsonDocument.Parse(kept.Record.Record);
        if (facts is null) differences.Add("The job has become too large to be compared.");
        else
        {
            using JsonDocument now = JsonDocument.Parse(facts);
            JsonDifferences.Add(differences, "", record.RootElement.GetProperty("facts"), now.RootElement, DifferencesMax);
            // What a blueprint is called, who made a material and when its bottle was opened is written down when it is known.
            renamed.AddRange(differences.Where(IsName));
            differences.RemoveAll(IsName);
        }

        foreach (JsonElement step in record.RootElement.GetProperty("facts").GetProperty("steps").EnumerateArray())
        {
            StepId stepId = new(step.GetProperty("id").GetGuid());
            if (await steps.FaultOfAsync(organization, stepId, cancellationToken) is { } fault) differences.Add($"The step {stepId}: {fault}.");
        }

        if (context is not null)
        {
            using JsonDocument names = JsonDocument.Parse(context);
            List<string> called = [];
            JsonDifferences.Add(called, "", record.RootElement.GetProperty("context"), names.RootElement, DifferencesMax);
            renamed.AddRange(called);
        }

        return new JobVerdict(id, view.Job.Code, signed, differences, renamed);
    }

    /// <summary>The jobs that were signed, by their ids: to be verified one after the other.</summary>
    public Task<List<(OrganizationId Organization, JobId Job)>> ListSignedAsync(OrganizationId? organization, JobId? after, int countMax, CancellationToken cancellationToken) =>
        database.ListAsync(
            // What says that it was signed may have been altered too.
            new Sql(
                """
                SELECT organization_id, id FROM job AS j
                WHERE ($1::uuid IS NULL OR organization_id = $1) AND ($2::uuid IS NULL OR id > $2)
                    AND (decision IS NOT NULL OR state IN ('released', 'rejected') OR EXISTS (SELECT FROM job_record WHERE job_id = j.id) OR EXISTS (SELECT FROM signature WHERE subject_id = j.id)
                        OR EXISTS (SELECT FROM audit_entry WHERE chain_id = j.organization_id AND subject_id = j.id::text AND action IN ('job.released', 'job.rejected')))
                ORDER BY id LIMIT $3
                """,
                organization?.Value, after?.Value, countMax),
            row => (new OrganizationId(row.GetGuid(0)), new JobId(row.GetGuid(1))), cancellationToken);

    private static async Task<KeptRecord?> KeptAsync(DatabaseSession session, OrganizationId organization, JobView view, CancellationToken cancellationToken)
    {
        if (view.Signatures.FirstOrDefault(signature => signature.SubjectKind == SignatureFacts.Job) is not { } signature) return null;
        if (await session.FirstAsync(
            new Sql("SELECT record, charts, audit_sequence, audit_head FROM job_record WHERE job_id = $1", view.Job.Id.Value),
            row => Tuple.Create(row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), row.GetString(3)), cancellationToken)
            is not var (record, charts, sequence, head)) return null;
        AuditEntry? entry = await session.FirstAsync(
            new Sql($"SELECT {AuditRows.EntryColumns} FROM audit_entry WHERE chain_id = $1 AND sequence = $2", organization.Value, sequence), AuditRows.Entry, cancellationToken);
        return new KeptRecord(view.Job.Id, view.Job.Code, new BatchRecord(record, charts), signature, entry, head);
    }

    private static bool IsName(string difference) =>
        difference.StartsWith("/blueprint/name ", StringComparison.Ordinal)
        || (difference.StartsWith("/materials/", StringComparison.Ordinal) && (difference.Contains("/manufacturer ", StringComparison.Ordinal) || difference.Contains("/opened_on ", StringComparison.Ordinal)));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
