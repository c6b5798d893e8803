using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Commands.Cases;
using StepCloud.Api.Recordings;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;

namespace StepCloud.Api.Commands.Folders;

/// <summary>`stepcloud folder`: what is shared with whom, and the end of a link. Every look is an entry of the audit.</summary>
internal sealed class FolderCommand(TimeProvider clock)
{
    private readonly Argument<string> _folder = new("folder") { Description = "The folder's id, as 'folder list' shows it." };
    private readonly Argument<string> _link = new("link") { Description = "The link's id, as 'folder show' shows it." };
    private readonly CaseCommands _commands = new(clock);

    public Command Create() => new("folder", "Folders of recordings, and the links that open them.")
    {
        _commands.Described("folder", new Command("list", "All folders of an organization."), ListAsync),
        _commands.Described("folder", new Command("show", "One folder: what it holds, and its links, ended ones too.") { _folder }, ShowAsync),
        _commands.Described("folder", new Command("revoke-link", "End a link: it opens nothing from now on.") { _folder, _link }, RevokeAsync),
    };

    private async Task ListAsync(CaseTask task, CancellationToken cancellationToken)
    {
        List<FolderView> folders = await AllPages.ReadAsync<FolderView>(
            async (last, count) => await StoreOf(task).ListAsync(task.Organization, last?.Id, count, cancellationToken));
        await task.EnterAsync(PersonalRead.OfList(task.Organization, task.Doer, AuditSubject.Folder, new { organization = task.Organization.Value }, folders.Count), cancellationToken);
        task.Say(task.Parsed.GetValue(_commands.Json), new { folders }, folders.Select(TextOf), "There is no folder.");
    }

    private async Task ShowAsync(CaseTask task, CancellationToken cancellationToken)
    {
        FolderId id = FolderOf(task);
        FolderView folder = await StoreOf(task).FindAsync(task.Organization, id, cancellationToken) ?? throw CaseTask.NotFound("folder");
        var held = (await StoreOf(task).ListRecordingsAsync(task.Organization, id, RecordingName.Open, cancellationToken))!;
        List<FolderLinkView> links = await AllPages.ReadAsync<FolderLinkView>(
            async (last, count) => (await LinksOf(task).ListAsync(task.Organization, id, last?.Id, count, cancellationToken))!);
        await task.EnterAsync(PersonalRead.OfList(task.Organization, task.Doer, AuditSubject.Folder, new { folder = id.Value }, held.Count + links.Count), cancellationToken);
        task.Say(
            task.Parsed.GetValue(_commands.Json),
            new { folder, recordings = held.Select(one => new { recording = RecordingResponse.Of(one.Recording, one.Name), is_shared = one.IsShared }), links },
            [
                TextOf(folder), .. held.Select(one => $"  recording {one.Recording.Id}  {(one.IsShared ? "shared" : "not shared: no consent")}  {one.Recording.MediaType}  {one.Name}".TrimEnd()),
                .. links.Select(TextOf),
            ],
            "");
    }

    private async Task RevokeAsync(CaseTask task, CancellationToken cancellationToken)
    {
        string text = task.Parsed.GetRequiredValue(_link);
        if (!FolderLinkId.TryParse(text, null, out FolderLinkId id)) throw new SettingException("link", $"'{text}' is not a link's id; 'stepcloud folder show' shows them.");
        FolderLinkView link = CaseTask.Done(await LinksOf(task).RevokeAsync(task.Organization, FolderOf(task), id, task.Doer, null, cancellationToken));
        task.Say(task.Parsed.GetValue(_commands.Json), new { link }, [$"{id} opens nothing any more."], "");
    }

    private static FolderStore StoreOf(CaseTask task) => new(task.Database, task.Keys, task.Clock);

    private static FolderLinks LinksOf(CaseTask task) => new(task.Database, task.Keys, StoreOf(task), task.Clock);

    private FolderId FolderOf(CaseTask task)
    {
        string text = task.Parsed.GetRequiredValue(_folder);
        return FolderId.TryParse(text, null, out FolderId id) ? id : throw new SettingException("folder", $"'{text}' is not a folder's id; 'stepcloud folder list' shows them.");
    }

    private static string TextOf(FolderView folder) => $"{folder.Id}  {folder.Recordings} recordings, {folder.OpenLinks} open links  {folder.Name}";

    private static string TextOf(FolderLinkView link) =>
        $"  link {link.Id}  {(link.Holds ? $"until {link.ExpiresAt:u}" : link.EndedAt is { } at ? $"{link.EndReason} {at:u}" : "does not hold now")}"
        + $"  opened {link.Opened}, downloads {link.Downloads}{(link.DownloadsMax is { } max ? $" of {max}" : "")}, wrong passwords {link.WrongPasswords}"
        + $"{(link.HasPassword ? "" : ", no password")}  {link.Label}";
}
