using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Sessions;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>The right of a user who is signed in.</summary>
internal sealed class SessionContentRight(HttpContext context, RecordingReads reads, OpenSessions sessions, TimeProvider clock) : IContentRight
{
    private StreamRight? _stream;

    public OrganizationId Organization => context.Organization();

    public bool IsDue => _stream!.IsDue;

    public ProblemHttpResult? Refusal(Recording recording) => RecordingEndpoints.Refusal(context, recording);

    public async Task<ProblemHttpResult?> EnterAsync(Recording recording, CancellationToken cancellationToken)
    {
        await reads.EnterAsync(context, recording, cancellationToken);
        _stream = new StreamRight(context, sessions, clock, recording.Case is null ? null : AllowedRoles.ManagingCases);
        return null;
    }

    public ValueTask<bool> HoldsAsync(Recording recording, CancellationToken cancellationToken) => _stream!.HoldsAsync(cancellationToken);
}
