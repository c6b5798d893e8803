using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Storage.Folders;

/// <summary>What whoever has a link does with it. Each look asks whether it holds: nothing about it is remembered.</summary>
public sealed class SharedLinks(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    /// <summary>After its last use an opening is over.</summary>
    public static readonly TimeSpan GrantIdle = TimeSpan.FromMinutes(15);

    /// <summary>However much it is used. As long as the largest recording takes over a slow line.</summary>
    public static readonly TimeSpan GrantMax = TimeSpan.FromHours(12);

    /// <summary>Openings of one link at once.</summary>
    public const int GrantsMax = 200;

    /// <summary>Of these from one network, so that one visitor does not keep the others out; a practice behind one address has room.</summary>
    public const int GrantsOfNetworkMax = 40;

    /// <returns>Null when it holds no more, or never was one.</returns>
    public Task<SharedLink?> FindAsync(byte[] tokenHash, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            SELECT l.id, l.folder_id, f.organization_id, l.password_hash FROM folder_link AS l JOIN folder AS f ON f.id = l.folder_id
            WHERE l.token_hash = $1 AND folder_link_holds(l.id, $2)
            """,
            tokenHash, clock.GetUtcNow()),
        row => new SharedLink(
            new FolderLinkId(row.GetGuid(0)), new FolderId(row.GetGuid(1)), new OrganizationId(row.GetGuid(2)), row.IsDBNull(3) ? null : row.GetString(3)),
        cancellationToken);

    /// <summary>Counts a password that is to be looked at.</summary>
    /// <param name="network">Where it comes from.</param>
    /// <returns>How long whoever comes has to wait; null when it may be looked at.</returns>
    public Task<TimeSpan?> TakeTryAsync(SharedLink link, string network, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction => await HoldAsync(transaction, link.Id, cancellationToken)
            ? await LinkTries.TakeAsync(transaction, link.Id, network, clock.GetUtcNow(), cancellationToken)
            : null,
        cancellationToken);

    /// <summary>The password was not looked at after all.</summary>
    public Task GiveTryBackAsync(SharedLink link, string network, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            await LinkTries.GiveBackAsync(transaction, link.Id, network, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>The password was wrong. When it was one too many the link is paused, and whoever shares is told.</summary>
    /// <param name="mail">To that address, about that folder, until then.</param>
    /// <returns>True when there is a mail to be sent.</returns>
    public Task<bool> RefuseTryAsync(SharedLink link, AuditDoer doer, Func<string, FolderId, DateTimeOffset, NewMail> mail, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (!await HoldAsync(transaction, link.Id, cancellationToken)) return false;
                (int tries, DateTimeOffset? since, DateTimeOffset? told, string? email) = (await transaction.ListAsync(
                    new Sql(
                        """
                        UPDATE folder_link AS l SET wrong_passwords = wrong_passwords + 1 FROM app_user AS u WHERE l.id = $1 AND u.id = l.user_id
                        RETURNING l.tries, l.tries_since, l.pause_told_at, u.email
                        """,
                        link.Id.Value),
                    row => (row.GetInt32(0), FolderReads.Time(row, 1), FolderReads.Time(row, 2), row.IsDBNull(3) ? null : row.GetString(3)), cancellationToken))[0];
                DateTimeOffset? until = told >= since ? null : LinkTries.PausedUntil(tries, since, now);
                List<NewAuditEntry> entries = [FolderLinks.Entry(link.Organization, link.Id, doer, AuditActions.FolderLinkPasswordRefused, new { Folder = link.Folder.Value })];
                if (until is { } end)
                {
                    await transaction.ExecuteAsync(new Sql("UPDATE folder_link SET pause_told_at = $2 WHERE id = $1", link.Id.Value, now), cancellationToken);
                    entries.Add(FolderLinks.Entry(link.Organization, link.Id, doer, AuditActions.FolderLinkPaused, new { Folder = link.Folder.Value, Until = end }));
                    if (email is not null) await transaction.ExecuteAsync(OutgoingMailStore.Insert(mail(email, link.Folder, end), now), cancellationToken);
                }

                await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
                return until is not null;
            },
            cancellationToken);

    /// <summary>Lets whoever has come with it, and with its password where it has one, read for a while.</summary>
    /// <param name="grantHash">SHA-256 of what he shows from now on.</param>
    /// <param name="network">From where.</param>
    /// <param name="tried">Whether that network's try was right; not for a link without a password.</param>
    public Task<OpenLinkOutcome> OpenAsync(SharedLink link, byte[] grantHash, string network, bool tried, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync<OpenLinkOutcome>(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (!await HoldAsync(transaction, link.Id, cancellationToken) || await FolderNameAsync(transaction, link, cancellationToken) is not { } folder)
                    return OpenLinkOutcome.Gone.Instance;
                await transaction.ExecuteAsync(new Sql("DELETE FROM folder_link_grant WHERE link_id = $1 AND ends_at <= $2", link.Id.Value, now), cancellationToken);
                OpenLinkOutcome.TooMany? full = await FindFullAsync(transaction, link, network, now, cancellationToken);
                if (tried) await LinkTries.GiveBackAsync(transaction, link.Id, network, cancellationToken);
                if (full is not null) return full;
                await transaction.ExecuteAsync(
                    new Sql(
                        "INSERT INTO folder_link_grant (id, link_id, grant_hash, started_at, ends_at, network) VALUES ($1, $2, $3, $4, $5, $6)",
                        Guid.CreateVersion7(now), link.Id.Value, grantHash, now, now + GrantIdle, network),
                    cancellationToken);
                OpenedFolder opened = (await transaction.FirstAsync(
                    new Sql(
                        """
                        UPDATE folder_link AS l SET opened = opened + 1, last_used_at = $2 FROM folder AS f, organization AS o
                        WHERE l.id = $1 AND f.id = l.folder_id AND o.id = f.organization_id
                        RETURNING o.name, l.expires_at, l.downloads_max - l.downloads
                        """,
                        link.Id.Value, now),
                    row => new OpenedFolder(row.GetString(0), folder, row.GetFieldValue<DateTimeOffset>(1), row.IsDBNull(2) ? null : row.GetInt64(2)), cancellationToken))!;
                await AuditTrail.AppendAsync(
                    transaction, now, FolderLinks.Entry(link.Organization, link.Id, doer, AuditActions.FolderLinkOpened, new { Folder = link.Folder.Value }), cancellationToken);
                return new OpenLinkOutcome.Opened(opened);
            },
            cancellationToken);

    /// <summary>Who has opened the link, and goes on. Whatever he reads keeps it open.</summary>
    /// <returns>Null when the opening is over, or the link holds no more.</returns>
    public Task<SharedGrant?> FindGrantAsync(FolderLinkId link, byte[] grantHash, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            UPDATE folder_link_grant AS g SET ends_at = least($3 + $4::interval, g.started_at + $5::interval) FROM folder_link AS l JOIN folder AS f ON f.id = l.folder_id
            WHERE g.link_id = $1 AND g.grant_hash = $2 AND g.ends_at > $3 AND l.id = g.link_id AND folder_link_holds(l.id, $3)
            RETURNING g.id, f.id, f.organization_id
            """,
            link.Value, grantHash, clock.GetUtcNow(), GrantIdle, GrantMax),
        row => new SharedGrant(row.GetGuid(0), link, new FolderId(row.GetGuid(1)), new OrganizationId(row.GetGuid(2))), cancellationToken);

    /// <summary>What the link shows, the newest recording first.</summary>
    public Task<List<(Recording Recording, string? Name, bool IsShared)>> ListAsync(
        SharedGrant grant, Func<Recording, SecretKey, string?> name, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FolderContents.ListAsync(session, keys, grant.Folder, onlyShared: true, name, cancellationToken), cancellationToken);

    /// <summary>Whether the link holds and shows the recording, and the opening is not over.</summary>
    public Task<bool> SharesAsync(SharedGrant grant, RecordingId recording, CancellationToken cancellationToken) => database.ScalarAsync<bool>(
        new Sql(
            """
            SELECT folder_link_holds($1, $2) AND EXISTS (SELECT FROM folder_link AS l WHERE l.id = $1 AND folder_shares(l.folder_id, $3))
                AND EXISTS (SELECT FROM folder_link_grant WHERE id = $4 AND ends_at > $2)
            """,
            grant.Link.Value, clock.GetUtcNow(), recording.Value, grant.Id),
        cancellationToken);

    /// <summary>As <see cref="SharesAsync"/>, of a download that takes long: the opening stays open meanwhile, so that what breaks off can be gone on with.</summary>
    public async Task<bool> KeepAsync(SharedGrant grant, RecordingId recording, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await database.ExecuteAsync(
            new Sql(
                "UPDATE folder_link_grant SET ends_at = least($2 + $3::interval, started_at + $4::interval) WHERE id = $1 AND ends_at > $2", grant.Id, now, GrantIdle, GrantMax),
            cancellationToken);
        return await SharesAsync(grant, recording, cancellationToken);
    }

    /// <summary>Counts a download, with its entry in the audit. What is read of a recording after one opening is one download, in however many ranges.</summary>
    public Task<BeginDownload> BeginDownloadAsync(SharedGrant grant, Recording recording, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                // Held until the commit: the last download that there may be goes to one.
                if (!await HoldAsync(transaction, grant.Link, cancellationToken)) return BeginDownload.Gone;
                if (!await transaction.ScalarAsync<bool>(new Sql("SELECT folder_shares($1, $2)", grant.Folder.Value, recording.Id.Value), cancellationToken)) return BeginDownload.Gone;
                Sql before = new("SELECT EXISTS (SELECT FROM folder_link_download WHERE grant_id = $1 AND recording_id = $2)", grant.Id, recording.Id.Value);
                if (await transaction.ScalarAsync<bool>(before, cancellationToken))
                {
                    await transaction.ExecuteAsync(new Sql("UPDATE folder_link SET last_used_at = $2 WHERE id = $1", grant.Link.Value, now), cancellationToken);
                    return BeginDownload.Begun;
                }

                Sql count = new(
                    "UPDATE folder_link SET downloads = downloads + 1, last_used_at = $2 WHERE id = $1 AND (downloads_max IS NULL OR downloads < downloads_max)",
                    grant.Link.Value, now);
                if (await transaction.ExecuteAsync(count, cancellationToken) == 0) return BeginDownload.UsedUp;
                await transaction.ExecuteAsync(
                    new Sql("INSERT INTO folder_link_download (grant_id, recording_id, at) VALUES ($1, $2, $3)", grant.Id, recording.Id.Value, now), cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(
                        grant.Organization, doer, AuditActions.Read(AuditSubject.Recording), new AuditSubject(AuditSubject.Recording, recording.Id.Value),
                        New: AuditValues.Of(new
                        {
                            Subject = $"{recording.Subject.Kind}:{recording.Subject.Id:D}", recording.Case, FolderLink = grant.Link.Value, Folder = grant.Folder.Value,
                        })),
                    cancellationToken);
                return BeginDownload.Begun;
            },
            cancellationToken);

    /// <summary>Forgets openings and tries that are over.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await database.ExecuteAsync(new Sql("DELETE FROM folder_link_grant WHERE ends_at <= $1", now), cancellationToken);
        await database.ExecuteAsync(new Sql("DELETE FROM folder_link_try WHERE since <= $1", now - LinkTries.NetworkWindow), cancellationToken);
    }

    /// <returns>Null when there is a place for one more.</returns>
    private static Task<OpenLinkOutcome.TooMany?> FindFullAsync(
        DatabaseSession transaction, SharedLink link, string network, DateTimeOffset now, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql(
            """
            SELECT count(*) < $3, CASE WHEN count(*) < $3 THEN min(ends_at) FILTER (WHERE network = $2) ELSE min(ends_at) END
            FROM folder_link_grant WHERE link_id = $1 HAVING count(*) >= $3 OR count(*) FILTER (WHERE network = $2) >= $4
            """,
            link.Id.Value, network, GrantsMax, GrantsOfNetworkMax),
        row => new OpenLinkOutcome.TooMany(row.GetFieldValue<DateTimeOffset>(1) - now, OfNetwork: row.GetBoolean(0)), cancellationToken);

    /// <summary>Holds the link's row, and then asks: whoever has ended it meanwhile has committed.</summary>
    private async Task<bool> HoldAsync(DatabaseSession transaction, FolderLinkId link, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("SELECT FROM folder_link WHERE id = $1 FOR UPDATE", link.Value), cancellationToken);
        return await transaction.ScalarAsync<bool>(new Sql("SELECT folder_link_holds($1, $2)", link.Value, clock.GetUtcNow()), cancellationToken);
    }

    private async Task<string?> FolderNameAsync(DatabaseSession transaction, SharedLink link, CancellationToken cancellationToken)
    {
        FolderView? folder = await transaction.FirstAsync(
            new Sql($"{FolderReads.Select} WHERE f.id = $2", clock.GetUtcNow(), link.Folder.Value), row => FolderReads.Folder(row, keys), cancellationToken);
        return folder?.Name;
    }
}
