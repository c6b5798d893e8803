using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage.Recordings;

/// <summary>Recordings that are on their way. What is said to be received was on the disk before.</summary>
public sealed class RecordingUploads(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    private const string IsOfSender = "r.created_by = $2 AND r.session_id IS NOT DISTINCT FROM $3::uuid";

    /// <summary>How long a writer that tells nothing keeps others away: longer than it may rest, so that there are never two.</summary>
    public static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(90);

    /// <summary>Makes room for a recording, with its key. It has a writer: whoever begins it.</summary>
    /// <exception cref="QuotaReachedException">The plan has no room for it.</exception>
    public Task<BeginRecordingOutcome> BeginAsync(RecordingSender sender, NewRecording begun, Guid? writer, CancellationToken cancellationToken) =>
        database.InTransactionAsync<BeginRecordingOutcome>(
            async transaction =>
            {
                if (sender.Upload?.Has(begun.Subject) == false) return BeginRecordingOutcome.OutOfScope.Instance;
                if (await FindSubjectAsync(transaction, sender, begun.Subject, cancellationToken) is not { } subject) return BeginRecordingOutcome.NoSubject.Instance;
                if (!subject.HasConsent) return BeginRecordingOutcome.NoConsent.Instance;
                DateTimeOffset now = clock.GetUtcNow();
                KeyName name = KeyName.OfRecording(subject.Organization, begun.Id);
                SecretKey? key = subject.Case is { } of
                    ? await keys.MakeUnderAsync(transaction, KeyName.OfCase(subject.Organization, of), name, cancellationToken)
                    : await keys.MakeAsync(transaction, name, cancellationToken);
                if (key is null) return BeginRecordingOutcome.NoSubject.Instance;
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO recording (id, organization_id, subject_kind, subject_id, case_id, media_type, name_sealed, created_at, created_by, store, stored_name,
                            declared_bytes, writer, writer_until, expires_at, session_id)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'folder', $10, $11, $12, $13, $14, $15)
                        """,
                        begun.Id.Value, subject.Organization.Value, begun.Subject.Kind, begun.Subject.Id, subject.Case?.Value, begun.MediaType, begun.SealName?.Invoke(key), now,
                        sender.Text, begun.StoredName, begun.DeclaredBytes, writer, writer is null ? null : now + WriterPatience, begun.ExpiresAt,
                        sender.Upload?.Session.Value),
                    cancellationToken);
                await Quotas.RequireAsync(transaction, subject.Organization, QuotaKind.Recordings, now, cancellationToken);
                if (begun.DeclaredBytes is { } bytes) await Quotas.RequireAsync(transaction, subject.Organization, QuotaKind.RecordingBytes, now, cancellationToken, bytes);
                Recording row = (await transaction.FirstAsync(new Sql(Recording.Select + " WHERE r.id = $1", begun.Id.Value), Recording.Read, cancellationToken))!;
                return new BeginRecordingOutcome.Begun(new OpenRecording(row, key));
            },
            cancellationToken);

    /// <summary>An upload, or what has become of it.</summary>
    /// <returns>Null when there is none, or somebody else has begun it.</returns>
    public Task<Recording?> FindAsync(RecordingSender sender, RecordingId id, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(Recording.Select + $" WHERE r.id = $1 AND {IsOfSender}", id.Value, sender.Text, sender.Upload?.Session.Value), Recording.Read, cancellationToken);

    /// <summary>Becomes the writer of an upload that rests, or whose writer is believed no longer.</summary>
    /// <param name="name">New and random: of the file of this writer, when the one before has not said that it writes no more. It may wake up, and has its file open.</param>
    public Task<ClaimUploadOutcome> ClaimAsync(RecordingSender sender, RecordingId id, Guid writer, string name, CancellationToken cancellationToken) =>
        database.InTransactionAsync<ClaimUploadOutcome>(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                Sql one = new(
                    Recording.Select + $" WHERE r.id = $1 AND {IsOfSender} AND r.expires_at > $4 FOR UPDATE OF r", id.Value, sender.Text, sender.Upload?.Session.Value, now);
                if (await transaction.FirstAsync(one, Recording.Read, cancellationToken) is not { } found) return ClaimUploadOutcome.NotFound.Instance;
                if (!found.HasConsent) return ClaimUploadOutcome.NoConsent.Instance;
                Sql claim = new(
                    """
                    UPDATE recording SET writer = $2, writer_until = $3,
                        copied_from = CASE WHEN writer IS NOT NULL OR copied_from IS NOT NULL THEN coalesce(copied_from, stored_name) END,
                        stored_name = CASE WHEN writer IS NOT NULL OR copied_from IS NOT NULL THEN $5 ELSE stored_name END
                    WHERE id = $1 AND (writer IS NULL OR writer_until < $4) RETURNING stored_name, copied_from
                    """,
                    id.Value, writer, now + WriterPatience, now, name);
                if (await transaction.FirstAsync(claim, ReadFiles, cancellationToken) is not { } files) return ClaimUploadOutcome.IsWritten.Instance;
                if (await keys.FindAsync(transaction, KeyName.OfRecording(found.Organization, id), cancellationToken) is not { } key)
                    return ClaimUploadOutcome.NotFound.Instance;
                byte[]? tail = await transaction.FirstAsync(
                    new Sql("SELECT tail_sealed FROM recording WHERE id = $1 AND tail_sealed IS NOT NULL", id.Value), row => row.GetFieldValue<byte[]>(0), cancellationToken);
                return new ClaimUploadOutcome.Claimed(new OpenRecording(found with { StoredName = files.Own }, key), tail, files.CopiedFrom);
            },
            cancellationToken);

    /// <summary>What was acknowledged is in the file of this writer now, and safe there: the one that it was copied from is nobody's.</summary>
    /// <returns>False when this is no longer its writer.</returns>
    /// <remarks>When this throws it may have been done or not: only the table knows then which file is the upload's.</remarks>
    public async Task<bool> KeepCopyAsync(RecordingId id, Guid writer, CancellationToken cancellationToken) => await database.ExecuteAsync(
        new Sql(
            "UPDATE recording SET copied_from = NULL, writer_until = $3 WHERE id = $1 AND writer = $2 AND stored_at IS NULL", id.Value, writer, clock.GetUtcNow() + WriterPatience),
        cancellationToken) == 1;

    /// <summary>Says again and again that an upload is written, while its writer is at something that takes long.</summary>
    /// <param name="work">Cancelled when that is believed no longer.</param>
    /// <returns>False when it was another's at any time: what was done is not to be used.</returns>
    public async Task<bool> HoldAsync(RecordingId id, Guid writer, Func<CancellationToken, Task> work)
    {
        using CancellationTokenSource lost = new(), done = new();
        Task renewing = RenewAsync(id, writer, lost, done.Token);
        try
        {
            await work(lost.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await done.CancelAsync();
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await IsWriterAsync(id, writer, CancellationToken.None);
    }

    /// <summary>So much of it is safe on the disk.</summary>
    /// <param name="tail">The begun chunk, sealed; null when whole chunks are all there is.</param>
    /// <param name="rests">Nobody writes it from now on.</param>
    /// <returns>False when this is no longer its writer, or no consent holds any more: it must not go on.</returns>
    /// <exception cref="QuotaReachedException">The plan has no room for what has come without being declared.</exception>
    public Task<bool> ProgressAsync(
        Recording upload, Guid writer, long receivedBytes, byte[]? tail, bool rests, DateTimeOffset expiresAt, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int moved = await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE recording AS r SET received_bytes = $3, tail_sealed = $4, writer = CASE WHEN $5 THEN NULL ELSE writer END,
                        writer_until = CASE WHEN $5 THEN NULL ELSE $6::timestamptz END, expires_at = $7
                    WHERE id = $1 AND writer = $2 AND stored_at IS NULL AND (case_id IS NULL OR consent_holds(case_id, 'recordings', now()))
                    """,
                    upload.Id.Value, writer, receivedBytes, tail, rests, now + WriterPatience, expiresAt),
                cancellationToken);
            if (upload.DeclaredBytes is null && moved == 1)
                await Quotas.RequireAsync(transaction, upload.Organization, QuotaKind.RecordingBytes, now, cancellationToken, receivedBytes);
            return moved == 1;
        },
        cancellationToken);

    /// <summary>Whether this is its writer still: a process that was stopped for longer than is waited for finds out so. If it is, it is believed so anew.</summary>
    public async Task<bool> IsWriterAsync(RecordingId id, Guid writer, CancellationToken cancellationToken) => await database.ExecuteAsync(
        new Sql(
            "UPDATE recording SET writer_until = $3 WHERE id = $1 AND writer = $2 AND stored_at IS NULL", id.Value, writer, clock.GetUtcNow() + WriterPatience),
        cancellationToken) == 1;

    /// <summary>Nobody writes it from now on; what is said to be received stays as it was.</summary>
    public Task ReleaseAsync(RecordingId id, Guid writer, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("UPDATE recording SET writer = NULL, writer_until = NULL WHERE id = $1 AND writer = $2 AND stored_at IS NULL", id.Value, writer), cancellationToken);

    /// <summary>No writer of an upload is believed any longer: for a process that is the only one, at its start. That none of them wakes up it does not know.</summary>
    public Task GiveUpAllAsync(CancellationToken cancellationToken) =>
        database.ExecuteAsync(new Sql("UPDATE recording SET writer_until = '-infinity' WHERE writer IS NOT NULL"), cancellationToken);

    /// <summary>It is whole, and on the disk.</summary>
    /// <returns>Null when this is no longer its writer, or no consent holds any more.</returns>
    /// <exception cref="QuotaReachedException">The plan has no room for it.</exception>
    public Task<Recording?> StoreAsync(Recording upload, Guid writer, long contentBytes, StoredContent stored, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                int moved = await transaction.ExecuteAsync(
                    new Sql(
                        """
                        UPDATE recording SET received_bytes = $3, tail_sealed = NULL, writer = NULL, writer_until = NULL, expires_at = NULL, stored_at = $4,
                            stored_bytes = $5, content_hash = $6, stored_hash = $7, checked_at = $4
                        WHERE id = $1 AND writer = $2 AND stored_at IS NULL AND (case_id IS NULL OR consent_holds(case_id, 'recordings', now()))
                        """,
                        upload.Id.Value, writer, contentBytes, stored.At, stored.Bytes, stored.ContentHash, stored.StoredHash),
                    cancellationToken);
                if (moved == 0) return null;
                if (upload.DeclaredBytes is null)
                    await Quotas.RequireAsync(transaction, upload.Organization, QuotaKind.RecordingBytes, now, cancellationToken, contentBytes);
                Recording row = (await transaction.FirstAsync(new Sql(Recording.Select + " WHERE r.id = $1", upload.Id.Value), Recording.Read, cancellationToken))!;
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(
                        upload.Organization, doer, AuditActions.RecordingStored, new AuditSubject(AuditSubject.Recording, upload.Id.Value),
                        New: RecordingStore.FactsOf(row, stored, await UploadedBy.FindAsync(transaction, upload.Id, cancellationToken))),
                    cancellationToken);
                return row;
            },
            cancellationToken);

    /// <summary>Forgets an upload, and destroys its key.</summary>
    /// <param name="writer">Who writes it; null when nobody may, as for one that has expired.</param>
    /// <returns>The names of its files, which are nobody's now; null when it is not there, or is another's to write.</returns>
    public Task<IReadOnlyList<string>?> AbandonAsync(Recording upload, Guid? writer, CancellationToken cancellationToken) => database.InTransactionAsync<IReadOnlyList<string>?>(
        async transaction =>
        {
            Sql delete = new(
                """
                DELETE FROM recording WHERE id = $1 AND stored_at IS NULL AND (writer = $2 OR $2::uuid IS NULL AND (writer IS NULL OR writer_until < $3))
                RETURNING stored_name, copied_from
                """,
                upload.Id.Value, writer, clock.GetUtcNow());
            if (await transaction.FirstAsync(delete, ReadFiles, cancellationToken) is not { } files) return null;
            await KeyRing.DestroyAsync(transaction, KeyName.OfRecording(upload.Organization, upload.Id), cancellationToken);
            return files.CopiedFrom is { } former ? [files.Own, former] : [files.Own];
        },
        cancellationToken);

    /// <summary>Those whose time is over and that nobody writes.</summary>
    public Task<List<Recording>> ListExpiredAsync(int countMax, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return database.ListAsync(
            new Sql(Recording.Select + " WHERE r.expires_at <= $1 AND (r.writer IS NULL OR r.writer_until < $1) ORDER BY r.expires_at LIMIT $2", now, countMax),
            Recording.Read, cancellationToken);
    }

    private async Task RenewAsync(RecordingId id, Guid writer, CancellationTokenSource lost, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(WriterPatience / 3, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (await IsWriterAsync(id, writer, cancellationToken)) continue;
                await lost.CancelAsync();
                return;
            }
            catch (StorageException)
            {
                // The row decides in the end.
            }
        }
    }

    private static Files ReadFiles(NpgsqlDataReader row) => new(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1));

    /// <returns>Null when the sender may bring nothing of it.</returns>
    private static Task<Subject?> FindSubjectAsync(DatabaseSession transaction, RecordingSender sender, RecordingSubject subject, CancellationToken cancellationToken)
    {
        const string Consent = "c.case_id IS NULL OR consent_holds(c.case_id, 'recordings', now())";
        (string from, string of) = subject.Kind switch
        {
            RecordingSubject.Device => ("device AS d JOIN site AS s ON s.id = d.site_id CROSS JOIN LATERAL (SELECT NULL::uuid AS case_id) AS c", "s.organization_id, d.site_id, d.id"),
            RecordingSubject.Step => ("step_event AS e CROSS JOIN LATERAL (SELECT NULL::uuid AS case_id) AS c", "e.organization_id, e.site_id, e.id"),
            RecordingSubject.Job => ("job AS j CROSS JOIN LATERAL (SELECT j.case_id) AS c", "j.organization_id, NULL::uuid, j.id"),
            RecordingSubject.Case => (
                "case_file AS f CROSS JOIN LATERAL (SELECT f.id AS case_id) AS c", "CASE WHEN f.erased_at IS NULL THEN f.organization_id END, NULL::uuid, f.id"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return transaction.FirstAsync(
            new Sql(
                $"""
                SELECT f.organization_id, f.case_id, f.consent
                FROM (SELECT {of}, c.case_id, {Consent} FROM {from}) AS f (organization_id, site_id, id, case_id, consent)
                WHERE f.id = $1 AND ($2::uuid IS NULL OR f.organization_id = $2)
                    AND ($3::uuid IS NULL OR EXISTS (SELECT FROM gateway AS g WHERE g.id = $3 AND g.organization_id = f.organization_id AND g.site_id = f.site_id))
                    AND ($2::uuid IS NOT NULL OR $3::uuid IS NOT NULL)
                """,
                subject.Id, sender.Organization?.Value, sender.Doer.Kind == AuditDoerKind.Gateway ? sender.Doer.Id : null),
            row => new Subject(new OrganizationId(row.GetGuid(0)), row.IsDBNull(1) ? null : new CaseId(row.GetGuid(1)), row.GetBoolean(2)), cancellationToken);
    }

    private sealed record Subject(OrganizationId Organization, CaseId? Case, bool HasConsent);

    /// <param name="CopiedFrom">Where what was acknowledged is, as long as it is not in its own; else null.</param>
    private sealed record Files(string Own, string? CopiedFrom);
}
