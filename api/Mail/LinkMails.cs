using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;

namespace StepCloud.Api.Mail;

/// <summary>The mails that carry a link which opens something once.</summary>
/// <remarks>The token stands behind the `#`, which browsers tell no server, and so no log.</remarks>
internal sealed class LinkMails(MailContents contents, IOptions<MailOptions> options, TimeProvider clock)
{
    public static readonly TimeSpan RecoveryLifetime = TimeSpan.FromHours(1);
    public static readonly TimeSpan VerificationLifetime = TimeSpan.FromDays(1);
    public static readonly TimeSpan InvitationLifetime = TimeSpan.FromDays(7);

    public NewMail Recovery(string recipient, string token, DateTimeOffset expiresAt) => Compose(
        MailKinds.Recovery, recipient, expiresAt, "Set a new password",
        $"""
        Somebody, most likely you, asked for a new password for this address at StepCloud.

        Set it here, within one hour: {Link("recovery", token)}

        If it was not you, do nothing: your password stays as it is.
        """);

    public NewMail Verification(string recipient, string token, DateTimeOffset expiresAt) => Compose(
        MailKinds.Verification, recipient, expiresAt, "Confirm your e-mail address",
        $"""
        Confirm that this address is yours, within one day: {Link("email-verification", token)}

        If you have no account at StepCloud, do nothing.
        """);

    /// <param name="organization">Its name, as it calls itself.</param>
    public NewMail Invitation(string recipient, string organization, string role, string token, DateTimeOffset expiresAt) => Compose(
        MailKinds.Invitation, recipient, expiresAt, "You are invited to StepCloud",
        $"""
        {organization} invites you to StepCloud, as {role}.

        Choose your name and password here, within seven days: {Link("invitation", token)}

        If you do not know who this is, do nothing.
        """);

    private string Link(string page, string token) => $"{options.Value.PublicUrl.TrimEnd('/')}/{page}#token={token}";

    private NewMail Compose(string kind, string recipient, DateTimeOffset expiresAt, string subject, string body)
    {
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        return new NewMail(id, kind, recipient, contents.Seal(id, new MailText(subject, body + "\n")), expiresAt);
    }
}
