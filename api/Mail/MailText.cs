namespace StepCloud.Api.Mail;

/// <summary>What a mail says.</summary>
public sealed record MailText(string Subject, string Body);
