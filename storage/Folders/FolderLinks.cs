using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Folders;

/// <summary>Links to folders, for those who share. What whoever has one does with it is <see cref="SharedLinks"/>'.</summary>
public sealed class FolderLinks(StepCloudDatabase database, KeyRing keys, FolderStore folders, TimeProvider clock)
{
    public const int LabelCharsMax = 200;

    /// <summary>That open one folder at once. Whoever shares with more people gives one link to several.</summary>
    public const int OpenMax = 100;

    /// <summary>Newest first, ended ones too.</summary>
    /// <returns>Null when the organization has no such folder.</returns>
    public Task<List<FolderLinkView>?> ListAsync(OrganizationId organization, FolderId folder, FolderLinkId? before, int countMax, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async session =>
            {
                using SecretKey? key = await keys.FindAsync(session, KeyName.OfFolder(organization, folder), cancellationToken);
                DateTimeOffset now = clock.GetUtcNow();
                return key is null ? null : await session.ListAsync(
                    new Sql(
                        $"{FolderReads.SelectLink} WHERE l.folder_id = $2 AND ($3::uuid IS NULL OR l.id < $3) ORDER BY l.id DESC LIMIT $4",
                        now, folder.Value, before?.Value, countMax),
                    row => FolderReads.Link(row, key, now), cancellationToken);
            },
            cancellationToken);

    /// <param name="sharer">Who shares, and may still: the link ends when he may not.</param>
    public Task<WorkflowOutcome<FolderLinkView>> CreateAsync(
        OrganizationId organization, FolderId folder, NewFolderLink link, UserId sharer, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<FolderLinkView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            FolderView held = await folders.LockAsync(transaction, organization, folder, cancellationToken);
            if (held.OpenLinks >= OpenMax) throw JobTransactions.Refused("too_many_links", $"{OpenMax} links can open one folder.");
            // Held until the commit: whoever takes his right away waits, and then ends this link too.
            Sql mayShare = new(
                """
                SELECT id FROM app_user WHERE id = $1 AND organization_id = $2 AND disabled_at IS NULL AND archived_at IS NULL AND roles && '{owner,technician}' FOR SHARE
                """,
                sharer.Value, organization.Value);
            if ((await transaction.ListAsync(mayShare, row => row.GetGuid(0), cancellationToken)).Count == 0)
                throw JobTransactions.Refused("member_disabled", "Who may not come in shares nothing.");
            FolderLinkId id = FolderLinkId.New(clock);
            using SecretKey key = (await keys.FindAsync(transaction, KeyName.OfFolder(organization, folder), cancellationToken))!;
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO folder_link (id, folder_id, token_hash, label_sealed, password_hash, created_at, user_id, expires_at, downloads_max)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """,
                    id.Value, folder.Value, link.TokenHash, FolderReads.SealLabel(key, id, link.Label), link.PasswordHash, now, sharer.Value, link.ExpiresAt, link.DownloadsMax),
                cancellationToken);
            FolderLinkView view = (await FindAsync(transaction, folder, id, key, now, cancellationToken))!;
            await AuditTrail.AppendAsync(
                transaction, now,
                Entry(organization, id, doer, AuditActions.Created(AuditSubject.FolderLink), new { Folder = folder.Value, link.ExpiresAt, view.HasPassword, link.DownloadsMax }),
                cancellationToken);
            return view;
        },
        cancellationToken);

    /// <summary>From its commit on the link opens nothing. One that was ended before stays as it was.</summary>
    public Task<WorkflowOutcome<FolderLinkView>> RevokeAsync(
        OrganizationId organization, FolderId folder, FolderLinkId id, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<FolderLinkView>>? answer,
        CancellationToken cancellationToken) => JobTransactions.RunAsync(
        database, doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            using SecretKey key = await keys.FindAsync(transaction, KeyName.OfFolder(organization, folder), cancellationToken) ?? throw JobTransactions.NotFound("folder");
            int ended = await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE folder_link SET ended_at = $3, ended_by = $4, end_reason = 'revoked' WHERE id = $1 AND folder_id = $2 AND ended_at IS NULL",
                    id.Value, folder.Value, now, AuditDoerKinds.TextOf(doer)),
                cancellationToken);
            FolderLinkView view = await FindAsync(transaction, folder, id, key, now, cancellationToken) ?? throw JobTransactions.NotFound("link");
            if (ended == 1)
                await AuditTrail.AppendAsync(transaction, now, Entry(organization, id, doer, AuditActions.FolderLinkRevoked, new { Folder = folder.Value }), cancellationToken);
            return view;
        },
        cancellationToken);

    internal static NewAuditEntry Entry(OrganizationId organization, FolderLinkId id, AuditDoer doer, string action, object values) =>
        new(organization, doer, action, new AuditSubject(AuditSubject.FolderLink, id.Value), New: AuditValues.Of(values));

    private static Task<FolderLinkView?> FindAsync(
        DatabaseSession transaction, FolderId folder, FolderLinkId id, SecretKey key, DateTimeOffset now, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql($"{FolderReads.SelectLink} WHERE l.id = $2 AND l.folder_id = $3", now, id.Value, folder.Value), row => FolderReads.Link(row, key, now), cancellationToken);
}
