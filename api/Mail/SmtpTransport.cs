using System.Net;
using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Options;

namespace StepCloud.Api.Mail;

/// <summary>Hands mails to the configured SMTP server, or, with none, writes them as files (RFC 5322) into `mail/` of the data folder.</summary>
/// <remarks>On the framework's own client: it speaks STARTTLS and AUTH, which a submission server asks for; implicit TLS (port 465) it does not.</remarks>
internal sealed class SmtpTransport(IOptions<MailOptions> options, Settings.ServerOptions server) : IMailTransport
{
    /// <summary>"Mailbox unavailable", "user not local" and "mailbox name not allowed" (RFC 5321 §4.2.3): the recipient is to blame, for good.</summary>
    private static readonly SmtpStatusCode[] NoSuchMailbox =
        [SmtpStatusCode.MailboxUnavailable, SmtpStatusCode.UserNotLocalTryAlternatePath, SmtpStatusCode.MailboxNameNotAllowed];

    /// <summary>Where mails are written when no server is configured.</summary>
    public string Folder => Path.Combine(Path.GetFullPath(server.Data), "mail");

    public async Task SendAsync(Guid id, string recipient, MailText text, CancellationToken cancellationToken)
    {
        try
        {
            using MailMessage message = MessageOf(id, recipient, text);
            using SmtpClient client = CreateClient();
            await client.SendMailAsync(message, cancellationToken);
        }
        catch (SmtpFailedRecipientException e)
        {
            throw new MailRefusedException(e.Message, NoSuchMailbox.Contains(e.StatusCode), e);
        }
        catch (FormatException e)
        {
            throw new MailRefusedException($"The recipient's address is none: {e.Message}", isPermanent: true, e);
        }
        catch (Exception e) when (e is SmtpException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new MailRefusedException(e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message, isPermanent: false, e);
        }
    }

    private MailMessage MessageOf(Guid id, string recipient, MailText text)
    {
        MailMessage message = new(new MailAddress(options.Value.From), new MailAddress(recipient))
        {
            Subject = text.Subject,
            Body = text.Body,
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
        };
        // The same at every attempt, so that a mail that was sent twice can be recognized (RFC 5322 §3.6.4); and no machine answers it (RFC 3834 §5).
        message.Headers.Add("Message-ID", $"<{id:D}@{new Uri(options.Value.PublicUrl).Host}>");
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private SmtpClient CreateClient()
    {
        MailOptions mail = options.Value;
        if (mail.Host is null)
        {
            // Links in mails open accounts: nobody else reads them.
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new SmtpClient { DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory, PickupDirectoryLocation = Folder };
        }

        return new SmtpClient(mail.Host, mail.Port)
        {
            EnableSsl = mail.StartTls,
            Credentials = mail.User is null ? null : new NetworkCredential(mail.User, mail.Password),
            DeliveryFormat = SmtpDeliveryFormat.International,
        };
    }
}
