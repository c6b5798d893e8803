using System.Globalization;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Mail;

/// <summary>The mail that tells an owner that a quota is near its bound.</summary>
internal sealed class QuotaMails(MailContents contents, TimeProvider clock)
{
    /// <summary>What it says of things holds for longer than what it says of a day's steps.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    private static readonly TimeSpan LifetimeOfDay = TimeSpan.FromHours(12);

    public NewMail Compose(QuotaMail mail)
    {
        (QuotaKind kind, string plan, long used, long? max) = mail.Quota;
        (string things, string then, string help) = kind switch
        {
            QuotaKind.Gateways => ("gateways", "Beyond that, a further gateway is refused.", "Archive what you do not need"),
            QuotaKind.Devices => ("devices", "Beyond that, a further device is refused.", "Archive what you do not need"),
            QuotaKind.Users => ("users", "Beyond that, a further user is refused.", "Disable who has left"),
            QuotaKind.StepsPerDay => (
                "steps a day", "Beyond that, steps are refused until midnight UTC; gateways keep them and send them again.", "Have fewer steps sent"),
            QuotaKind.Recordings => ("recordings", "Beyond that, a further recording is refused.", "Delete what you do not need"),
            QuotaKind.RecordingBytes => ("bytes of recordings", "Beyond that, a further recording is refused.", "Delete what you do not need"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        DateTimeOffset now = clock.GetUtcNow();
        Guid id = Guid.CreateVersion7(now);
        string body = string.Create(CultureInfo.InvariantCulture,
            $"""
             The plan '{plan}' of {mail.Organization} has room for {max} {things}, and {used} are in use.

             {then} {help}, or ask whoever runs this installation for another plan.

             You are told this once, as an owner of {mail.Organization}.

             """);
        return new NewMail(
            id, MailKinds.QuotaNear, mail.Recipient, contents.Seal(id, new MailText($"StepCloud: your plan's {things} are nearly used up", body)),
            now + (kind == QuotaKind.StepsPerDay ? LifetimeOfDay : Lifetime));
    }
}
