using System.Text.Json;
using StepCloud.Actors.Ports;

namespace StepCloud.Api.Mail;

/// <summary>The text of a mail as it lies in the queue: sealed, since a link in it opens an account.</summary>
internal sealed class MailContents(ISealing sealing)
{
    public byte[] Seal(Guid mail, MailText text) => sealing.Seal(Purpose(mail), JsonSerializer.SerializeToUtf8Bytes(text));

    public MailText Open(Guid mail, byte[] content) => JsonSerializer.Deserialize<MailText>(sealing.Open(Purpose(mail), content))!;

    private static string Purpose(Guid mail) => $"outgoing-mail:{mail:D}";
}
