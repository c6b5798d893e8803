using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Recordings;

/// <summary>What became of what a comparison has found.</summary>
public enum KeepCheckOutcome
{
    /// <summary>The recording is gone, or its bytes are elsewhere by now: of those nothing was found.</summary>
    NotThere,
    Kept,

    /// <summary>Something is wrong that was not known.</summary>
    KeptAsNews,
}

/// <summary>When stored recordings were last compared with what was written, and what was found.</summary>
public sealed class RecordingChecks(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>The one that was not compared for longest.</summary>
    /// <param name="stores">Those that can be read.</param>
    /// <param name="checkedBefore">Those that were compared later are not due.</param>
    /// <param name="except">Those that cannot be read for the moment.</param>
    public Task<Recording?> FindDueAsync(string[] stores, DateTimeOffset checkedBefore, Guid[] except, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            Recording.Select + " WHERE r.stored_at IS NOT NULL AND r.checked_at < $1 AND r.store = ANY ($2) AND r.id <> ALL ($3) ORDER BY r.checked_at NULLS FIRST, r.id LIMIT 1",
            checkedBefore, stores, except),
        Recording.Read, cancellationToken);

    /// <summary>What was found of the bytes that the row named when it was read; an entry of the audit when it is something new that is wrong.</summary>
    /// <param name="fault">In a sentence; null when all is as it was written.</param>
    public Task<KeepCheckOutcome> KeepAsync(Recording recording, string? fault, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int kept = await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE recording SET checked_at = $2, fault = $3::text, fault_at = CASE WHEN $3::text IS NULL THEN NULL ELSE coalesce(fault_at, $2) END
                    WHERE id = $1 AND stored_at IS NOT NULL AND store = $4 AND stored_name = $5
                    """,
                    recording.Id.Value, now, fault, recording.Store, recording.StoredName),
                cancellationToken);
            if (kept == 0) return KeepCheckOutcome.NotThere;
            if (fault is null || fault == recording.Fault) return KeepCheckOutcome.Kept;
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    recording.Organization, doer, AuditActions.RecordingRotten, new AuditSubject(AuditSubject.Recording, recording.Id.Value), New: AuditValues.Of(new { Fault = fault })),
                cancellationToken);
            return KeepCheckOutcome.KeptAsNews;
        },
        cancellationToken);

    /// <summary>Those with something wrong, the newest first.</summary>
    public Task<List<Recording>> ListRottenAsync(RecordingId? before, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(Recording.Select + " WHERE r.fault IS NOT NULL AND ($1::uuid IS NULL OR r.id < $1) ORDER BY r.id DESC LIMIT $2", before?.Value, countMax),
        Recording.Read, cancellationToken);
}
