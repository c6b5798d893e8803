using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Folders;

/// <summary>The right of whoever has opened a link.</summary>
internal sealed class LinkContentRight(HttpContext context, SharedGrant grant, SharedLinks links, TimeProvider clock) : IContentRight
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(1);

    private long _asked = clock.GetTimestamp();
    private long _kept = clock.GetTimestamp();

    public OrganizationId Organization => grant.Organization;

    public bool IsDue => clock.GetElapsedTime(_asked) >= Moment;

    /// <summary>Whoever has a link is not told why something is not shown.</summary>
    public ProblemHttpResult? Refusal(Recording recording) => recording.HasConsent ? null : Problems.NotFound("recording");

    public async Task<ProblemHttpResult?> EnterAsync(Recording recording, CancellationToken cancellationToken) =>
        await links.BeginDownloadAsync(grant, recording, AuditDoer.Nobody(context.Origin()), cancellationToken) switch
        {
            BeginDownload.Begun => null,
            BeginDownload.Gone => Problems.NotFound("recording"),
            BeginDownload.UsedUp => Problems.Of(ProblemKinds.DownloadsUsedUp),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    public async ValueTask<bool> HoldsAsync(Recording recording, CancellationToken cancellationToken)
    {
        _asked = clock.GetTimestamp();
        if (clock.GetElapsedTime(_kept) < KeepEvery) return await links.SharesAsync(grant, recording.Id, cancellationToken);
        _kept = clock.GetTimestamp();
        return await links.KeepAsync(grant, recording.Id, cancellationToken);
    }
}
