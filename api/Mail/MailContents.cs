using System.Text.Json;

namespace StepCloud.Api.Mail;

/// <summary>The text of a mail as it lies in the queue.</summary>
internal sealed class MailContents
{
    public byte[] Seal(Guid mail, MailText text) => JsonSerializer.SerializeToUtf8Bytes(text);

    public MailText Open(Guid mail, byte[] content) => JsonSerializer.Deserialize<MailText>(content)!;
}
