using System.Collections.Concurrent;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Enters who reads what a recording holds. Whoever seeks in a film asks a hundred times for its parts: that is one reading.</summary>
internal sealed class RecordingReads(IAuditTrail trail, TimeProvider clock)
{
    /// <summary>After that the same session reads again.</summary>
    private static readonly TimeSpan OneReading = TimeSpan.FromMinutes(15);

    private const int KeptMax = 10_000;

    private readonly ConcurrentDictionary<(SessionId Session, RecordingId Recording), long> _entered = new();

    public async Task EnterAsync(HttpContext context, Recording recording, CancellationToken cancellationToken)
    {
        (SessionId, RecordingId) reading = (context.AccessToken().Session, recording.Id);
        if (_entered.TryGetValue(reading, out long at) && clock.GetElapsedTime(at) < OneReading) return;
        await trail.AppendAsync(EntryOf(recording, context.UserDoer()), cancellationToken);
        if (_entered.Count >= KeptMax) _entered.Clear();
        _entered[reading] = clock.GetTimestamp();
    }

    public static IReadOnlyList<NewAuditEntry> EntryOf(Recording recording, AuditDoer doer) =>
    [
        new NewAuditEntry(
            recording.Organization, doer, AuditActions.Read(AuditSubject.Recording), new AuditSubject(AuditSubject.Recording, recording.Id.Value),
            New: AuditValues.Of(new { Subject = $"{recording.Subject.Kind}:{recording.Subject.Id:D}", recording.Case })),
    ];
}
