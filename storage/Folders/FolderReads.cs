using System.Text;
using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Folders;

/// <summary>Reads folders and links, in a transaction or outside of one. The key is read by the statement that reads what it opens.</summary>
internal static class FolderReads
{
    /// <summary>What <see cref="Folder"/> takes, with now as $1; conditions follow.</summary>
    public const string Select =
        """
        SELECT f.id, f.organization_id, f.name_sealed, f.note_sealed, f.created_at, f.created_by, f.updated_at, f.updated_by, f.version, o.version, o.key_sealed, k.wrapped,
            (SELECT count(*)::integer FROM folder_recording AS i WHERE i.folder_id = f.id),
            (SELECT count(*)::integer FROM folder_link AS l WHERE l.folder_id = f.id AND folder_link_holds(l.id, $1))
        FROM folder AS f
        JOIN wrapped_key AS k ON k.id = f.id AND k.organization_id = f.organization_id AND k.purpose = 'folder'
        JOIN organization_key AS o ON o.organization_id = k.organization_id AND o.version = k.organization_key_version
        """;

    /// <summary>What <see cref="Link"/> takes, with now as $1; conditions follow.</summary>
    public const string SelectLink =
        """
        SELECT l.id, l.label_sealed, l.password_hash IS NOT NULL, l.created_at, l.user_id, l.expires_at, l.downloads_max, l.opened, l.downloads, l.last_used_at,
            l.wrong_passwords, l.tries, l.tries_since, l.ended_at, l.ended_by, l.end_reason, folder_link_holds(l.id, $1)
        FROM folder_link AS l
        """;

    public static FolderView Folder(NpgsqlDataReader row, KeyRing keys)
    {
        FolderId id = new(row.GetGuid(0));
        KeyName name = KeyName.OfFolder(new OrganizationId(row.GetGuid(1)), id);
        using SecretKey key = keys.Unwrap(name, new SealedKey(row.GetInt32(9), row.GetFieldValue<byte[]>(10)), row.GetFieldValue<byte[]>(11));
        return new FolderView(
            id, Text(key, NamePurpose(id), row.GetFieldValue<byte[]>(2)), row.IsDBNull(3) ? null : Text(key, NotePurpose(id), row.GetFieldValue<byte[]>(3)),
            row.GetInt32(12), row.GetInt32(13), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetString(7), row.GetInt64(8));
    }

    public static FolderLinkView Link(NpgsqlDataReader row, SecretKey key, DateTimeOffset now)
    {
        FolderLinkId id = new(row.GetGuid(0));
        DateTimeOffset? pausedUntil = LinkTries.PausedUntil(row.GetInt32(11), Time(row, 12), now);
        return new FolderLinkView(
            id, Text(key, LabelPurpose(id), row.GetFieldValue<byte[]>(1)), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3), $"user:{row.GetGuid(4):D}",
            row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(6) ? null : row.GetInt32(6), row.GetInt64(7), row.GetInt64(8), Time(row, 9), row.GetInt64(10), pausedUntil,
            Time(row, 13), row.IsDBNull(14) ? null : row.GetString(14), row.IsDBNull(15) ? null : row.GetString(15), row.GetBoolean(16));
    }

    public static byte[] SealName(SecretKey key, FolderId id, string name) => key.Seal(NamePurpose(id), Encoding.UTF8.GetBytes(name));

    public static byte[]? SealNote(SecretKey key, FolderId id, string? note) => note is null ? null : key.Seal(NotePurpose(id), Encoding.UTF8.GetBytes(note));

    public static byte[] SealLabel(SecretKey key, FolderLinkId id, string label) => key.Seal(LabelPurpose(id), Encoding.UTF8.GetBytes(label));

    public static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static string Text(SecretKey key, string purpose, byte[] sealedText) => Encoding.UTF8.GetString(key.Open(purpose, sealedText));

    private static string NamePurpose(FolderId id) => $"folder-name:{id}";

    private static string NotePurpose(FolderId id) => $"folder-note:{id}";

    private static string LabelPurpose(FolderLinkId id) => $"folder-link-label:{id}";
}
