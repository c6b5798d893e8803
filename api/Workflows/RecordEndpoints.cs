using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>The record of a job as a document, and the proof that it is what was signed.</summary>
internal static class RecordEndpoints
{
    /// <summary>One PDF at a time: each takes a processor for a second.</summary>
    private static readonly SemaphoreSlim Printing = new(1);

    public static void MapRecords(this RouteGroupBuilder group)
    {
        group.MapGet("/jobs/{id}/record", FindAsync).WithSummary("The batch record of a job, as a file that can be verified without a server")
            .WithDescription("Of a signed job as it was signed, byte by byte; of another as it stands. docs/BATCH-RECORDS.md has the form; `stepcloud batch-record verify` checks it.")
            .Produces<BatchRecordDocument>().ProducesProblem(404).ProducesProblem(409);
        group.MapGet("/jobs/{id}/record.pdf", PrintAsync).WithSummary("The batch record of a job, to be printed")
            .WithDescription("Made from the file alone: the same file gives the same bytes.")
            .Produces(StatusCodes.Status200OK, contentType: "application/pdf").ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        group.MapGet("/jobs/{id}/verification", VerifyAsync).WithSummary("Hold a signed job against what was signed")
            .WithDescription(
                "Reads everything anew, the samples of every step too. `sound` is false when anything of the job was altered after the signature, by whomever, and null when nobody has signed. "
                + "`renamed` tells what devices and people are called otherwise since, which changes nothing of what was signed.")
            .Produces<JobVerificationResponse>().ProducesProblem(404);
    }

    private static Task<IResult> FindAsync(JobId id, HttpContext context, JobProof proof, CancellationToken cancellationToken) =>
        WithFileAsync(id, context, proof, file => Task.FromResult<IResult>(File(file, "json", "application/json", file.Json)), cancellationToken);

    private static Task<IResult> PrintAsync(JobId id, HttpContext context, JobProof proof, CancellationToken cancellationToken) => WithFileAsync(
        id, context, proof,
        async file =>
        {
            await Printing.WaitAsync(cancellationToken);
            try
            {
                return File(file, "pdf", "application/pdf", await Task.Run(() => BatchRecordPdf.Make(BatchRecordFile.Read(file.Json)), cancellationToken));
            }
            catch (FontsMissingException e)
            {
                return Problems.Of(ProblemKinds.CannotPrint, e.Message);
            }
            finally
            {
                Printing.Release();
            }
        },
        cancellationToken);

    private static async Task<IResult> VerifyAsync(JobId id, HttpContext context, JobProof proof, CancellationToken cancellationToken) =>
        await proof.VerifyAsync(context.Organization(), id, cancellationToken) is { } verdict ? TypedResults.Ok(JobVerificationResponse.Of(verdict)) : Problems.NotFound("job");

    private static async Task<IResult> WithFileAsync(
        JobId id, HttpContext context, JobProof proof, Func<RecordFile, Task<IResult>> answer, CancellationToken cancellationToken) =>
        await proof.FindFileAsync(context.Organization(), id, cancellationToken) switch
        {
            WorkflowOutcome<RecordFile>.Done { Value: var file } => await answer(file),
            WorkflowOutcome<RecordFile>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
            _ => Problems.NotFound("job"),
        };

    private static FileContentHttpResult File(RecordFile file, string extension, string mediaType, byte[] content) =>
        TypedResults.File(content, mediaType, $"batch-record-{Safe(file.Code)}.{extension}");

    /// <summary>A code may hold anything; the name of a file may not.</summary>
    private static string Safe(string code) => string.Concat(code.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
}

/// <summary>A batch record as the file has it; docs/BATCH-RECORDS.md names what is in each part.</summary>
/// <param name="Format"><c>stepcloud-batch-record/1</c>.</param>
/// <param name="Record">What is signed: facts, and what things were called then.</param>
/// <param name="Charts">Some of the samples, by step and series.</param>
/// <param name="Signatures">Of the job: none, or one.</param>
/// <param name="Audit">The entry that the signature made, and a head over it; null without a signature.</param>
public sealed record BatchRecordDocument(string Format, JsonElement Record, JsonElement Charts, IReadOnlyList<SignatureRow> Signatures, BatchRecordAudit? Audit);

/// <param name="Entry">As an export writes it.</param>
/// <param name="Head">A compact JWS.</param>
public sealed record BatchRecordAudit(JsonElement Entry, string Head);

/// <param name="Signed">By whom, when, with which meaning; null for a job that nobody has signed.</param>
/// <param name="Sound">False when anything is not as it was signed; null for a job that nobody has signed.</param>
/// <param name="Differences">What, in sentences.</param>
/// <param name="Renamed">What is called otherwise since.</param>
public sealed record JobVerificationResponse(JobId Job, string Code, SignatureView? Signed, bool? Sound, IReadOnlyList<string> Differences, IReadOnlyList<string> Renamed)
{
    public static JobVerificationResponse Of(JobVerdict verdict) =>
        new(verdict.Job, verdict.Code, verdict.Signature, verdict is { Signature: null, Differences.Count: 0 } ? null : verdict.Differences.Count == 0, verdict.Differences, verdict.Renamed);
}
