using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>By what right somebody reads what a recording holds: a session of its organization, or a link to a folder. One for each request.</summary>
internal interface IContentRight
{
    /// <summary>Whose recordings.</summary>
    OrganizationId Organization { get; }

    /// <summary>It is time to ask again whether it holds.</summary>
    bool IsDue { get; }

    /// <returns>Null when the recording is for whoever asks.</returns>
    ProblemHttpResult? Refusal(Recording recording);

    /// <summary>Enters that it is read, before the first byte.</summary>
    /// <returns>Null when that is committed, and it may be sent.</returns>
    Task<ProblemHttpResult?> EnterAsync(Recording recording, CancellationToken cancellationToken);

    /// <summary>Asked while it is sent, when it <see cref="IsDue"/>: an end counts within a second.</summary>
    ValueTask<bool> HoldsAsync(Recording recording, CancellationToken cancellationToken);
}
