namespace StepCloud.Api.Mail;

/// <summary>Hands a mail to whoever delivers it.</summary>
public interface IMailTransport
{
    /// <exception cref="MailRefusedException">It was not taken; the exception tells whether it ever can be.</exception>
    Task SendAsync(Guid id, string recipient, MailText text, CancellationToken cancellationToken);
}

/// <summary>A mail was not taken.</summary>
/// <param name="isPermanent">There is no such mailbox: trying again helps nobody.</param>
public sealed class MailRefusedException(string message, bool isPermanent, Exception inner) : Exception(message, inner)
{
    public bool IsPermanent => isPermanent;
}
