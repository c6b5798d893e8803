using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Retention;

/// <summary>Something that is kept whatever the rules of retention say.</summary>
/// <param name="Device">Of that device alone; null for all.</param>
/// <param name="Job">Of that job alone; null for all.</param>
/// <param name="PlacedBy">Such as `user:ID`.</param>
/// <param name="ReleasedAt">Null while it is open.</param>
public sealed record LegalHold(
    LegalHoldId Id, DeviceId? Device, string? Job, string Reason, DateTimeOffset PlacedAt, string PlacedBy, DateTimeOffset? ReleasedAt, string? ReleasedBy, string? ReleaseReason);

/// <summary>Legal holds are placed and released, and never deleted.</summary>
public sealed class LegalHolds(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Open ones of an organization. Each is asked for every step that is due; more than these are a hold of the whole organization.</summary>
    public const int OpenMax = 1000;

    private const string Columns = "SELECT id, device_id, job, reason, placed_at, placed_by, released_at, released_by, release_reason FROM legal_hold";

    /// <summary>The newest first.</summary>
    /// <param name="isOpen">Null for all.</param>
    public Task<List<LegalHold>> ListAsync(OrganizationId organization, bool? isOpen, LegalHoldId? before, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"""
             {Columns} WHERE organization_id = $1 AND ($2::boolean IS NULL OR (released_at IS NULL) = $2) AND ($3::uuid IS NULL OR id < $3)
             ORDER BY id DESC LIMIT $4
             """,
            organization.Value, isOpen, before?.Value, countMax),
        Read, cancellationToken);

    public Task<LegalHold?> FindAsync(OrganizationId organization, LegalHoldId id, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Columns} WHERE organization_id = $1 AND id = $2", organization.Value, id.Value), Read, cancellationToken);

    /// <summary>From its return on nothing that it names is thinned or dropped.</summary>
    /// <returns>Null when too many are open.</returns>
    public Task<LegalHold?> PlaceAsync(
        OrganizationId organization, DeviceId? device, string? job, string reason, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            await transaction.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Retention), cancellationToken);
            long open = await transaction.ScalarAsync<long>(
                new Sql("SELECT count(*) FROM legal_hold WHERE organization_id = $1 AND released_at IS NULL", organization.Value), cancellationToken);
            if (open >= OpenMax) return null;
            DateTimeOffset now = clock.GetUtcNow();
            LegalHold hold = new(LegalHoldId.New(clock), device, job, reason, now, AuditDoerKinds.TextOf(doer), null, null, null);
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO legal_hold (id, organization_id, device_id, job, reason, placed_at, placed_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    hold.Id.Value, organization.Value, device?.Value, job, reason, now, hold.PlacedBy),
                cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization, doer, AuditActions.LegalHoldPlaced, new AuditSubject(AuditSubject.LegalHold, hold.Id.Value),
                    New: AuditValues.Of(new { Device = device?.ToString(), Job = job, Reason = reason })),
                cancellationToken);
            return hold;
        },
        cancellationToken);

    /// <returns>Null when there is none; as it was when it had been released before.</returns>
    public Task<LegalHold?> ReleaseAsync(OrganizationId organization, LegalHoldId id, string reason, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            Sql one = new($"{Columns} WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE", organization.Value, id.Value);
            LegalHold? hold = await transaction.FirstAsync(one, Read, cancellationToken);
            if (hold is not { ReleasedAt: null }) return hold;
            DateTimeOffset now = clock.GetUtcNow();
            LegalHold released = hold with { ReleasedAt = now, ReleasedBy = AuditDoerKinds.TextOf(doer), ReleaseReason = reason };
            await transaction.ExecuteAsync(
                new Sql("UPDATE legal_hold SET released_at = $2, released_by = $3, release_reason = $4 WHERE id = $1", id.Value, now, released.ReleasedBy, reason), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization, doer, AuditActions.LegalHoldReleased, new AuditSubject(AuditSubject.LegalHold, id.Value), New: AuditValues.Of(new { Reason = reason })),
                cancellationToken);
            return released;
        },
        cancellationToken);

    private static LegalHold Read(NpgsqlDataReader row) => new(
        new LegalHoldId(row.GetGuid(0)), row.IsDBNull(1) ? null : new DeviceId(row.GetGuid(1)), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3),
        row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
        row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8));
}
