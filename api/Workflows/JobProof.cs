using StepCloud.Api.Tokens;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>What a signed job is proved by: its record as a file, and what the file and the database say of each other.</summary>
public sealed class JobProof(JobVerification jobs, SigningKeyStore keys) : IDisposable
{
    /// <summary>Records and proofs that are made at a time: each reads all samples of a job, and others have jobs too.</summary>
    private readonly SemaphoreSlim _atOnce = new(2);

    /// <summary>The record as a file. Made twice it is the same byte for byte, for as long as nothing of the job changes; of a signed job for ever.</summary>
    /// <returns>Null when the organization has no such job.</returns>
    public Task<WorkflowOutcome<RecordFile>?> FindFileAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken) =>
        InTurnAsync(() => ReadFileAsync(organization, id, cancellationToken), cancellationToken);

    private async Task<WorkflowOutcome<RecordFile>?> ReadFileAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken) =>
        await jobs.FindRecordAsync(organization, id, cancellationToken) switch
        {
            null => null,
            WorkflowOutcome<KeptRecord>.Done { Value: var kept } => new WorkflowOutcome<RecordFile>.Done(new RecordFile(kept.Code, Write(organization, kept))),
            WorkflowOutcome<KeptRecord>.NotDone { Why: var why } => new WorkflowOutcome<RecordFile>.NotDone(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Reads everything anew, the samples of every step too, and holds it against what was signed; and the signed record against the keys.</summary>
    /// <returns>Null when the organization has no such job.</returns>
    public Task<JobVerdict?> VerifyAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken) =>
        InTurnAsync(() => ReadVerdictAsync(organization, id, cancellationToken), cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        await _atOnce.WaitAsync(cancellationToken);
        try
        {
            return await read();
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private async Task<JobVerdict?> ReadVerdictAsync(OrganizationId organization, JobId id, CancellationToken cancellationToken)
    {
        PublishedKeySet known = await ReadKeysAsync(cancellationToken);
        JobVerdict? verdict;
        try
        {
            verdict = await jobs.VerifyAsync(
                organization, id, signature => SignatureToken.FaultOf(FactsOf(organization, signature), signature.Jws, known), cancellationToken);
        }
        catch (Exception e) when (e is System.Diagnostics.UnreachableException or InvalidCastException or System.Text.Json.JsonException or InvalidDataException)
        {
            // StepCloud writes nothing that it cannot read.
            return new JobVerdict(id, "", null, ["What is stored of the job cannot be read: somebody has altered it in the database."], []);
        }

        if (verdict?.Signature is null) return verdict;
        return await ReadFileAsync(organization, id, cancellationToken) is WorkflowOutcome<RecordFile>.Done { Value: var file }
            ? verdict with { Differences = [.. verdict.Differences, .. FaultsOf(file, known).Select(fault => "The signed record: " + fault)] }
            : verdict;
    }

    public void Dispose() => _atOnce.Dispose();

    private static IReadOnlyList<string> FaultsOf(RecordFile file, PublishedKeySet known)
    {
        try
        {
            BatchRecordFile read = BatchRecordFile.Read(file.Json);
            return [.. BatchRecordVerifier.Verify(read, known).Faults, .. read.Entry is null ? ["its entry of the audit is gone."] : Array.Empty<string>()];
        }
        catch (FormatException e)
        {
            return ["it cannot be read: " + e.Message];
        }
    }

    private static byte[] Write(OrganizationId organization, KeptRecord kept) => BatchRecordFile.Write(
        kept.Record.Record, kept.Record.Charts, kept.Signature is { } signature ? [SignatureRow.Of(FactsOf(organization, signature), signature.Jws)] : [], kept.Entry, kept.Head);

    private static SignatureFacts FactsOf(OrganizationId organization, SignatureView signature) => new(
        signature.Id, organization, signature.SubjectKind, signature.SubjectId, signature.SubjectNumber, signature.Meaning, signature.UserId, signature.UserName,
        signature.SecondFactor, signature.Comment, signature.SignedAt, Convert.FromHexString(signature.RecordSha256),
        signature.ChartsSha256 is { } charts ? Convert.FromHexString(charts) : null);

    /// <summary>All keys that the installation ever had: signatures are checked years after them.</summary>
    private async Task<PublishedKeySet> ReadKeysAsync(CancellationToken cancellationToken) => new(
        (await keys.ListAsync(cancellationToken)).Select(row => new PublishedKey(SigningKey.ImportSpki(row.PublicKeySpki), row.SignsFrom, row.RetiredAt, row.RevokedAt)));
}

/// <param name="Code">The job's.</param>
public sealed record RecordFile(string Code, byte[] Json);
