namespace StepCloud.Actors.Ports;

/// <summary>A mail that a store writes into the queue in the transaction of what causes it.</summary>
/// <param name="Kind">One of <see cref="MailKinds"/>.</param>
/// <param name="Content">Subject and text, sealed by whoever wrote them.</param>
/// <param name="ExpiresAt">Until when it is of any use.</param>
public sealed record NewMail(Guid Id, string Kind, string Recipient, byte[] Content, DateTimeOffset ExpiresAt);

public static class MailKinds
{
    public const string Recovery = "password_recovery";
    public const string Verification = "email_verification";
    public const string Invitation = "invitation";
    public const string QuotaNear = "quota_near";
    public const string Alarm = "alarm";
    public const string LinkPaused = "link_paused";
}
