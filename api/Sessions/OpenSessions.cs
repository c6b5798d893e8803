using System.Collections.Concurrent;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Sessions;

/// <summary>Whether a session is open, and with which roles: asked of the database, and for a moment not asked again (docs/adr/0006).</summary>
/// <remarks>
/// The moment begins before the question is sent, so what comes to an end anywhere, by whichever way, is refused here when it has passed at the
/// latest; nothing has to be heard for that. What this process itself has written counts at once: whoever signs out is out.
/// </remarks>
internal sealed class OpenSessions(OpenSessionReads reads, StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>A twentieth of the second within which an end must count everywhere; and at most twenty questions a second for each session.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    /// <summary>Answers that are kept; they are small, and mostly past their moment.</summary>
    private const int CountMax = 10_000;

    private readonly ConcurrentDictionary<SessionId, Question> _asked = new();
    private int _count;

    /// <returns>Null when the session is not open.</returns>
    /// <exception cref="StorageException">The database did not answer.</exception>
    public Task<OpenSession?> FindAsync(SessionId session, CancellationToken cancellationToken)
    {
        // Both before the question: what is written or ends while it is under way is not in its answer.
        long writes = database.Writes, now = clock.GetTimestamp();
        if (_asked.TryGetValue(session, out Question? asked) && asked.Writes == writes && clock.GetElapsedTime(asked.At, now) < Moment)
            return asked.Answer.WaitAsync(cancellationToken);

        if (Interlocked.Increment(ref _count) > CountMax)
        {
            _asked.Clear();
            Volatile.Write(ref _count, 0);
        }

        // Not cancelled with the request that happens to ask: others wait for the same answer.
        asked = new Question(writes, now, reads.FindAsync(session, CancellationToken.None));
        _asked[session] = asked;
        return asked.Answer.WaitAsync(cancellationToken);
    }

    private sealed record Question(long Writes, long At, Task<OpenSession?> Answer);
}
