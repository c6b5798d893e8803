using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Folders;

/// <summary>Folders of recordings. A recording can be in several, and is what it was when a folder goes.</summary>
public sealed class FolderStore(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    public const int NameCharsMax = 200;
    public const int NoteCharsMax = 1000;

    /// <summary>Of an organization. Nobody finds his way about in more.</summary>
    public const int FoldersMax = 1000;

    /// <summary>Of a folder: one page, which whoever it is shared with sees at once.</summary>
    public const int RecordingsMax = 200;

    /// <summary>Newest first.</summary>
    /// <param name="organization">Null for all.</param>
    public Task<List<FolderView>> ListAsync(OrganizationId? organization, FolderId? before, int countMax, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"{FolderReads.Select} WHERE ($2::uuid IS NULL OR f.organization_id = $2) AND ($3::uuid IS NULL OR f.id < $3) ORDER BY f.id DESC LIMIT $4",
            clock.GetUtcNow(), organization?.Value, before?.Value, countMax),
        row => FolderReads.Folder(row, keys), cancellationToken);

    public Task<FolderView?> FindAsync(OrganizationId organization, FolderId id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindAsync(session, organization, id, cancellationToken), cancellationToken);

    public Task<WorkflowOutcome<FolderView>> CreateAsync(
        OrganizationId organization, FolderFields fields, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<FolderView>>? answer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, answer,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                // One after the other, or two would each find the last place free.
                await transaction.ExecuteAsync(new Sql("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization.Value), cancellationToken);
                if (await transaction.ScalarAsync<long>(new Sql("SELECT count(*) FROM folder WHERE organization_id = $1", organization.Value), cancellationToken) >= FoldersMax)
                    throw JobTransactions.Refused("too_many_folders", $"There can be {FoldersMax}.");
                FolderId id = FolderId.New(clock);
                using SecretKey key = await keys.MakeAsync(transaction, KeyName.OfFolder(organization, id), cancellationToken);
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO folder (id, organization_id, name_sealed, note_sealed, created_at, created_by, updated_at, updated_by)
                        VALUES ($1, $2, $3, $4, $5, $6, $5, $6)
                        """,
                        id.Value, organization.Value, FolderReads.SealName(key, id, fields.Name), FolderReads.SealNote(key, id, fields.Note), now, AuditDoerKinds.TextOf(doer)),
                    cancellationToken);
                FolderView view = (await FindAsync(transaction, organization, id, cancellationToken))!;
                await AuditTrail.AppendAsync(transaction, now, Entry(organization, id, doer, AuditActions.Created(AuditSubject.Folder)), cancellationToken);
                return view;
            },
            cancellationToken);

    /// <summary>Puts name and note in the place of those that there are.</summary>
    /// <param name="version">As it was read; null for whatever stands there.</param>
    public Task<WorkflowOutcome<FolderView>> ReplaceAsync(
        OrganizationId organization, FolderId id, long? version, FolderFields fields, AuditDoer doer, CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, null,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            FolderView old = await LockAsync(transaction, organization, id, cancellationToken);
            if (version is not null && old.Version != version) throw new WorkflowRefusedException(new WorkflowRefusal.Stale(old.Version));
            if (new FolderFields(old.Name, old.Note) == fields) return old;
            using SecretKey key = (await keys.FindAsync(transaction, KeyName.OfFolder(organization, id), cancellationToken))!;
            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE folder SET name_sealed = $2, note_sealed = $3, updated_at = $4, updated_by = $5, version = version + 1 WHERE id = $1",
                    id.Value, FolderReads.SealName(key, id, fields.Name), FolderReads.SealNote(key, id, fields.Note), now, AuditDoerKinds.TextOf(doer)),
                cancellationToken);
            FolderView view = (await FindAsync(transaction, organization, id, cancellationToken))!;
            await AuditTrail.AppendAsync(transaction, now, Entry(organization, id, doer, AuditActions.Changed(AuditSubject.Folder)), cancellationToken);
            return view;
        },
        cancellationToken);

    /// <summary>Deletes it with its links, from whose commit on they open nothing.</summary>
    /// <returns>False when the organization has none.</returns>
    public Task<bool> DeleteAsync(OrganizationId organization, FolderId id, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            if (await TryLockAsync(transaction, organization, id, cancellationToken) is not { } old) return false;
            await transaction.ExecuteAsync(new Sql("DELETE FROM folder WHERE id = $1", id.Value), cancellationToken);
            await KeyRing.DestroyAsync(transaction, KeyName.OfFolder(organization, id), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, clock.GetUtcNow(),
                Entry(organization, id, doer, AuditActions.FolderDeleted) with { Old = AuditValues.Of(new { old.Recordings, old.OpenLinks }) }, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>What it holds, the newest recording first.</summary>
    /// <param name="name">Opens the name of one with its key. Names of recordings without consent are not opened.</param>
    /// <returns>Null when the organization has no such folder. With each whether links show it.</returns>
    public Task<List<(Recording Recording, string? Name, bool IsShared)>?> ListRecordingsAsync(
        OrganizationId organization, FolderId id, Func<Recording, SecretKey, string?> name, CancellationToken cancellationToken) => database.ReadAsync(
        async session => await FindAsync(session, organization, id, cancellationToken) is null
            ? null
            : await FolderContents.ListAsync(session, keys, id, onlyShared: false, name, cancellationToken),
        cancellationToken);

    /// <summary>Puts a whole recording of the organization into it. One that is in it already stays.</summary>
    public Task<WorkflowOutcome<FolderView>> AddRecordingAsync(OrganizationId organization, FolderId id, RecordingId recording, AuditDoer doer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, null,
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                FolderView old = await LockAsync(transaction, organization, id, cancellationToken);
                // Held until the commit, so that nobody destroys it meanwhile.
                Sql one = new("SELECT id FROM recording WHERE id = $1 AND organization_id = $2 AND stored_at IS NOT NULL FOR KEY SHARE", recording.Value, organization.Value);
                if ((await transaction.ListAsync(one, row => row.GetGuid(0), cancellationToken)).Count == 0) throw JobTransactions.NotFound("recording");
                int added = await transaction.ExecuteAsync(
                    new Sql(
                        "INSERT INTO folder_recording (folder_id, recording_id, added_at, added_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                        id.Value, recording.Value, now, AuditDoerKinds.TextOf(doer)),
                    cancellationToken);
                if (added == 0) return old;
                if (old.Recordings >= RecordingsMax) throw JobTransactions.Refused("folder_full", $"A folder can hold {RecordingsMax} recordings.");
                await AuditTrail.AppendAsync(transaction, now, Entry(organization, id, doer, AuditActions.FolderRecordingAdded, new { Recording = recording.Value }), cancellationToken);
                return old with { Recordings = old.Recordings + 1 };
            },
            cancellationToken);

    /// <summary>Takes a recording out of it; from the commit on links show it no more.</summary>
    public Task<WorkflowOutcome<FolderView>> RemoveRecordingAsync(OrganizationId organization, FolderId id, RecordingId recording, AuditDoer doer, CancellationToken cancellationToken) =>
        JobTransactions.RunAsync(
            database, doer, null,
            async transaction =>
            {
                FolderView old = await LockAsync(transaction, organization, id, cancellationToken);
                if (await transaction.ExecuteAsync(new Sql("DELETE FROM folder_recording WHERE folder_id = $1 AND recording_id = $2", id.Value, recording.Value), cancellationToken) == 0)
                    throw JobTransactions.NotFound("recording");
                await AuditTrail.AppendAsync(
                    transaction, clock.GetUtcNow(), Entry(organization, id, doer, AuditActions.FolderRecordingRemoved, new { Recording = recording.Value }), cancellationToken);
                return old with { Recordings = old.Recordings - 1 };
            },
            cancellationToken);

    /// <summary>The folder, which nobody else changes until the transaction ends.</summary>
    internal async Task<FolderView> LockAsync(DatabaseSession transaction, OrganizationId organization, FolderId id, CancellationToken cancellationToken) =>
        await TryLockAsync(transaction, organization, id, cancellationToken) ?? throw JobTransactions.NotFound("folder");

    private async Task<FolderView?> TryLockAsync(DatabaseSession transaction, OrganizationId organization, FolderId id, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("SELECT FROM folder WHERE id = $1 AND organization_id = $2 FOR UPDATE", id.Value, organization.Value), cancellationToken);
        return await FindAsync(transaction, organization, id, cancellationToken);
    }

    private Task<FolderView?> FindAsync(DatabaseSession session, OrganizationId organization, FolderId id, CancellationToken cancellationToken) => session.FirstAsync(
        new Sql($"{FolderReads.Select} WHERE f.id = $2 AND f.organization_id = $3", clock.GetUtcNow(), id.Value, organization.Value),
        row => FolderReads.Folder(row, keys), cancellationToken);

    /// <summary>Entries hold ids and numbers, never what a folder is called: the audit forgets nothing.</summary>
    private static NewAuditEntry Entry(OrganizationId organization, FolderId id, AuditDoer doer, string action, object? values = null) =>
        new(organization, doer, action, new AuditSubject(AuditSubject.Folder, id.Value), New: values is null ? null : AuditValues.Of(values));
}
