using System.Diagnostics;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>The spans of steps on their way to the disk: one of each append, and one of the commit that many appends share.</summary>
/// <remarks>
/// A commit is on the trace of the first of its appends that has one, and linked to all that have. Appends that nobody traces cost a comparison each, and
/// nothing at all while nobody listens.
/// </remarks>
internal static class CommitSpan
{
    /// <summary>As many links as the SDKs of OpenTelemetry keep of one span by default.</summary>
    private const int LinksMax = 128;

    /// <returns>Null unless the caller is on a trace that is recorded.</returns>
    public static Activity? BeginAppend(int steps)
    {
        if (Activity.Current is not { Recorded: true }) return null;
        return StorageWatching.Source.StartActivity("append steps")?.SetTag("stepcloud.steps", steps);
    }

    /// <param name="steps">Those of one append follow each other.</param>
    /// <returns>Null when none of the appends is on a trace.</returns>
    public static Activity? Begin(List<PendingStep> steps, int attempt)
    {
        if (!StorageWatching.Source.HasListeners()) return null;
        List<ActivityLink>? links = null;
        PendingAppend? last = null;
        foreach (PendingStep step in steps)
        {
            if (ReferenceEquals(step.Append, last)) continue;
            last = step.Append;
            if (last.Trace != default && (links is null || links.Count < LinksMax)) (links ??= []).Add(new ActivityLink(last.Trace));
        }

        if (links is null) return null;
        return StorageWatching.Source.StartActivity("commit steps", ActivityKind.Internal, links[0].Context, links: links)
            ?.SetTag("stepcloud.steps", steps.Count).SetTag("stepcloud.commit.attempt", attempt + 1);
    }

    /// <summary>What the server says may quote a value; its code does not.</summary>
    public static void Fail(Activity? span, Exception exception) => span
        ?.SetTag("error.type", exception is PostgresException { SqlState: var state } ? state : exception.GetType().FullName)
        .SetStatus(ActivityStatusCode.Error);
}
