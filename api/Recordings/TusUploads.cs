using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Files;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>What the routes of tus come to.</summary>
internal sealed class TusUploads(Intake intake, UploadTakeover takeover, RecordingUploads uploads, TimeProvider clock)
{
    private const string Place = "Upload-Metadata";

    /// <returns>The upload, or why there is none.</returns>
    public async Task<(Recording? Begun, ProblemHttpResult? Problem)> CreateAsync(
        HttpContext context, RecordingSender sender, Dictionary<string, string> metadata, long length)
    {
        if (length > intake.Options.BytesMax) return (null, Problems.Of(ProblemKinds.TooLarge, $"A recording can have {intake.Options.BytesMax} bytes."));
        if (!RecordingType.TryFind(metadata.GetValueOrDefault("filetype"), out RecordingType? type)) return (null, WholeIntake.UnsupportedType());
        string? name = metadata.GetValueOrDefault("filename");
        if (name is not null && RecordingName.Fault(name) is { } fault) return (null, Problems.InvalidRequest(Place, $"filename: {fault}"));
        string[] kinds = [.. RecordingSubject.Kinds.Where(metadata.ContainsKey)];
        if (kinds is not [var kind] || !Guid.TryParseExact(metadata[kind], "D", out Guid of))
            return (null, Problems.InvalidRequest(Place, "It must say of what the recording is: one of step, device, job and case, with its id."));
        if (await intake.RefusalAsync(context, length) is { } refusal) return (null, refusal);
        RecordingSubject subject = new(kind, of);
        BeginRecordingOutcome begun = await uploads.BeginAsync(
            sender, WholeIntake.New(RecordingId.New(clock), subject, type, name, length, intake), writer: null, context.RequestAborted);
        if (begun is not BeginRecordingOutcome.Begun { Open: var open }) return (null, WholeIntake.ProblemOf(begun, subject));
        using (open) return (open.Recording, null);
    }

    /// <summary>An upload that rests, is written, or has become a recording.</summary>
    /// <returns>Null when there is none, or its time is over.</returns>
    public async Task<Recording?> FindAsync(RecordingSender sender, RecordingId id, CancellationToken cancellationToken) =>
        await uploads.FindAsync(sender, id, cancellationToken) is { DeclaredBytes: not null } found && !(found.ExpiresAt <= clock.GetUtcNow()) ? found : null;

    public async Task<IntakeOutcome> ContinueAsync(HttpContext context, RecordingSender sender, RecordingId id, long offset, BodyDigest? digest)
    {
        using IDisposable? place = intake.TryTakePlace();
        if (place is null) return new IntakeOutcome.Refused(Problems.Busy(context));
        if (await intake.RefusalAsync(context, 0) is { } refusal) return new IntakeOutcome.Refused(refusal);
        Guid writer = Guid.NewGuid();
        switch (await uploads.ClaimAsync(sender, id, writer, RecordingFileName.New(), context.RequestAborted))
        {
            case ClaimUploadOutcome.NotFound:
                // Whoever has not heard that the last of it came asks again, and finds it whole.
                return await FindAsync(sender, id, context.RequestAborted) is { IsStored: true } stored
                    ? offset == stored.ReceivedBytes && context.Request.ContentLength is 0 ? new IntakeOutcome.Stored(stored) : Refused(ProblemKinds.OffsetMismatch)
                    : new IntakeOutcome.Refused(Problems.NotFound("upload"));
            case ClaimUploadOutcome.IsWritten: return Refused(ProblemKinds.UploadIsWritten);
            case ClaimUploadOutcome.NoConsent: return Refused(ProblemKinds.ConsentMissing);
            case ClaimUploadOutcome.Claimed { Open: var open, Tail: var tail, CopiedFrom: var former }:
                using (open)
                {
                    if (offset != open.Recording.ReceivedBytes)
                    {
                        await uploads.ReleaseAsync(id, writer, CancellationToken.None);
                        return Refused(ProblemKinds.OffsetMismatch);
                    }

                    return former is not null && await takeover.CopyAsync(open.Recording, writer, former) is { } problem
                        ? Refused(problem)
                        : await intake.ReceiveAsync(context, open, writer, tail, isResumable: true, digest, sender);
                }

            default: throw new UnreachableException();
        }
    }

    /// <returns>Null when it is ended, and nothing of it remains.</returns>
    public async Task<ProblemHttpResult?> EndAsync(RecordingSender sender, RecordingId id, CancellationToken cancellationToken)
    {
        if (await FindAsync(sender, id, cancellationToken) is not { IsStored: false } upload) return Problems.NotFound("upload");
        return await intake.AbandonAsync(upload, writer: null) ? null : Problems.Of(ProblemKinds.UploadIsWritten);
    }

    private static IntakeOutcome.Refused Refused(ProblemKind kind) => new(Problems.Of(kind));
}
