using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Storage.Folders;

/// <summary>The recordings of a folder, with their names.</summary>
internal static class FolderContents
{
    /// <param name="onlyShared">Those that are shown to whoever has a link.</param>
    /// <param name="name">Opens the name of one with its key.</param>
    public static async Task<List<(Recording Recording, string? Name, bool IsShared)>> ListAsync(
        DatabaseSession session, KeyRing keys, FolderId folder, bool onlyShared, Func<Recording, SecretKey, string?> name, CancellationToken cancellationToken)
    {
        HashSet<Guid> shared = [.. await session.ListAsync(
            new Sql("SELECT recording_id FROM folder_recording WHERE folder_id = $1 AND folder_shares(folder_id, recording_id)", folder.Value), row => row.GetGuid(0), cancellationToken)];
        List<Recording> rows = await session.ListAsync(
            new Sql(Recording.Select + " JOIN folder_recording AS i ON i.recording_id = r.id WHERE i.folder_id = $1 ORDER BY r.id DESC", folder.Value), Recording.Read, cancellationToken);
        List<(Recording, string?, bool)> named = [];
        foreach (Recording row in rows)
        {
            bool isShared = shared.Contains(row.Id.Value);
            if (onlyShared && !isShared) continue;
            using SecretKey? key = row is { NameSealed: not null, HasConsent: true }
                ? await keys.FindAsync(session, KeyName.OfRecording(row.Organization, row.Id), cancellationToken)
                : null;
            named.Add((row, key is null ? null : name(row, key), isShared));
        }

        return named;
    }
}
