using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>A recording that comes in one request: it is stored, or nothing of it remains.</summary>
internal sealed class WholeIntake(Intake intake, RecordingUploads uploads, TimeProvider clock)
{
    public async Task<IResult> ReceiveAsync(HttpContext context, RecordingSender sender, IReadOnlyList<RecordingSubject> subjects, string? name)
    {
        if (subjects is not [var subject]) return Problems.InvalidRequest("step", "Say of what it is: one of step, device, job and case.");
        if (name is not null && RecordingName.Fault(name) is { } fault) return Problems.InvalidRequest("name", fault);
        if (!RecordingType.TryFind(context.Request.ContentType, out RecordingType? type)) return UnsupportedType();
        if (!BodyDigest.TryReadContentDigest(context.Request.Headers["Content-Digest"], out BodyDigest? digest))
            return Problems.InvalidRequest("Content-Digest", "It must be such as sha-256=:base64:.");
        using (digest)
        {
            long? length = context.Request.ContentLength;
            if (length == 0) return Problems.InvalidRequest("", "The body is empty.");
            if (length > intake.Options.BytesMax) return Problems.Of(ProblemKinds.TooLarge, $"A recording can have {intake.Options.BytesMax} bytes.");
            if (await intake.RefusalAsync(context, length ?? 0) is { } refusal) return refusal;
            using IDisposable? place = intake.TryTakePlace();
            if (place is null) return Problems.Busy(context);
            Guid writer = Guid.NewGuid();
            RecordingId id = RecordingId.New(clock);
            BeginRecordingOutcome begun = await uploads.BeginAsync(sender, New(id, subject, type, name, length, intake), writer, context.RequestAborted);
            if (begun is not BeginRecordingOutcome.Begun { Open: var open }) return ProblemOf(begun, subject);
            using (open) return Answer(await intake.ReceiveAsync(context, open, writer, tail: null, isResumable: false, digest, sender), name);
        }
    }

    public static ProblemHttpResult UnsupportedType() =>
        Problems.Of(ProblemKinds.UnsupportedRecording, $"There are: {string.Join(", ", RecordingType.All.Select(type => type.MediaType))}.");

    public static NewRecording New(RecordingId id, RecordingSubject subject, RecordingType type, string? name, long? length, Intake intake) => new(
        id, subject, type.MediaType, name is null ? null : key => ChunkSealer.SealText(key.Value, id.Value, name), length, RecordingFileName.New(), intake.NewExpiry);

    public static ProblemHttpResult ProblemOf(BeginRecordingOutcome outcome, RecordingSubject subject) => outcome switch
    {
        BeginRecordingOutcome.NoSubject => Problems.NotFound(subject.Kind),
        BeginRecordingOutcome.OutOfScope => Problems.Of(ProblemKinds.UploadSessionOnly, "The recording must be of the case that the code was made for."),
        BeginRecordingOutcome.NoConsent => Problems.ConsentMissing(),
        _ => throw new UnreachableException(),
    };

    private static IResult Answer(IntakeOutcome outcome, string? name) => outcome switch
    {
        IntakeOutcome.Stored { Recording: var stored } => TypedResults.Created((string?)null, RecordingResponse.Of(stored, name)),
        IntakeOutcome.Refused { Problem: var problem } => problem,
        // Nobody is there to read it.
        IntakeOutcome.Gone => TypedResults.StatusCode(499),
        _ => throw new UnreachableException(),
    };
}
