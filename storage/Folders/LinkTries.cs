using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Folders;

/// <summary>Bounds the passwords that are tried at a link: from one network, and in all.</summary>
/// <remarks>
/// A try is counted before it is looked at, and given back when it was right: so many at once do not get past. Only whoever has the link can try, so nobody
/// else can have it paused; and a pause ends by itself.
/// </remarks>
internal static class LinkTries
{
    public const int NetworkMax = 5;
    public const int LinkMax = 20;

    public static readonly TimeSpan NetworkWindow = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan LinkWindow = TimeSpan.FromHours(1);

    /// <returns>Null while passwords are looked at.</returns>
    public static DateTimeOffset? PausedUntil(int tries, DateTimeOffset? since, DateTimeOffset now) =>
        tries >= LinkMax && since + LinkWindow is { } until && until > now ? until : null;

    /// <summary>Counts one more, of a link whose row the transaction holds.</summary>
    /// <returns>How long whoever comes has to wait; null when it is counted, and may be looked at.</returns>
    public static async Task<TimeSpan?> TakeAsync(DatabaseSession transaction, FolderLinkId link, string network, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (int tries, DateTimeOffset? since) = (await transaction.ListAsync(
            new Sql("SELECT tries, tries_since FROM folder_link WHERE id = $1", link.Value), row => (row.GetInt32(0), FolderReads.Time(row, 1)), cancellationToken))[0];
        if (PausedUntil(tries, since, now) is { } until) return until - now;
        await transaction.ExecuteAsync(new Sql("DELETE FROM folder_link_try WHERE link_id = $1 AND since <= $2", link.Value, now - NetworkWindow), cancellationToken);
        List<DateTimeOffset> full = await transaction.ListAsync(
            new Sql("SELECT since FROM folder_link_try WHERE link_id = $1 AND network = $2 AND tries >= $3", link.Value, network, NetworkMax),
            row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken);
        if (full is [var begun, ..]) return begun + NetworkWindow - now;
        await transaction.ExecuteAsync(
            new Sql(
                """
                INSERT INTO folder_link_try (link_id, network, tries, since) VALUES ($1, $2, 1, $3)
                ON CONFLICT (link_id, network) DO UPDATE SET tries = folder_link_try.tries + 1
                """,
                link.Value, network, now),
            cancellationToken);
        bool isNewWindow = since is null || since + LinkWindow <= now;
        await transaction.ExecuteAsync(
            new Sql("UPDATE folder_link SET tries = $2, tries_since = $3 WHERE id = $1", link.Value, isNewWindow ? 1 : tries + 1, isNewWindow ? now : since), cancellationToken);
        return null;
    }

    /// <summary>The try was right, or was not looked at.</summary>
    public static async Task GiveBackAsync(DatabaseSession transaction, FolderLinkId link, string network, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("UPDATE folder_link SET tries = greatest(0, tries - 1) WHERE id = $1", link.Value), cancellationToken);
        await transaction.ExecuteAsync(
            new Sql("UPDATE folder_link_try SET tries = greatest(0, tries - 1) WHERE link_id = $1 AND network = $2", link.Value, network), cancellationToken);
    }
}
