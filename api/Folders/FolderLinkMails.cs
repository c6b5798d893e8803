using System.Globalization;
using StepCloud.Actors.Ports;
using StepCloud.Api.Mail;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Folders;

/// <summary>The mail that tells whoever shares that passwords are guessed at his link.</summary>
internal sealed class FolderLinkMails(MailContents contents, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    /// <param name="folder">Its id, and not what it is called: names of people stand there, and mail goes through many hands.</param>
    /// <param name="until">When passwords are taken again.</param>
    public NewMail Paused(string recipient, FolderId folder, DateTimeOffset until)
    {
        DateTimeOffset now = clock.GetUtcNow();
        Guid id = Guid.CreateVersion7(now);
        string body = string.Create(CultureInfo.InvariantCulture,
            $"""
             Somebody has a link of yours to the folder {folder}, and has tried too many wrong passwords.

             The link takes none until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Whoever has opened it goes on reading.

             If this is none of those whom you gave it to, revoke it, and give them another.

             """);
        return new NewMail(id, MailKinds.LinkPaused, recipient, contents.Seal(id, new MailText("StepCloud: wrong passwords at a link of yours", body)), now + Lifetime);
    }
}
