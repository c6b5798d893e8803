using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace StepCloud.Api.Mail;

/// <summary>How mails leave the house. Without <see cref="Host"/> they are written into the data folder.</summary>
public sealed class MailOptions : IValidatableObject
{
    public const string Section = "Mail";

    /// <summary>The SMTP server that takes our mails (RFC 6409); null for files.</summary>
    public string? Host { get; set; }

    /// <summary>Of the SMTP server: 587 is that of submission.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>Ask for TLS by STARTTLS (RFC 3207) and send nothing without it. Off only for a relay on the same machine.</summary>
    public bool StartTls { get; set; } = true;

    /// <summary>Whom the SMTP server knows us as; with it the password.</summary>
    public string? User { get; set; }

    /// <summary>The password of that account. Sent over TLS only.</summary>
    [DataType(DataType.Password)]
    public string? Password { get; set; }

    /// <summary>Whom the mails come from: an address, or a name and an address.</summary>
    [Required]
    public string From { get; set; } = "StepCloud <stepcloud@localhost>";

    /// <summary>Where people reach this installation: links in mails begin with it.</summary>
    [Required]
    public string PublicUrl { get; set; } = "http://localhost:8080";

    /// <summary>How long one attempt may take: RFC 5321 §4.5.3.2 allows a server minutes, a relay that needs them is broken.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait after the first failure. Doubled with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait between two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan RetryLongest { get; set; } = TimeSpan.FromMinutes(15);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Host is not null && Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            yield return new ValidationResult($"'{Host}' is no name or address of a host.", [nameof(Host)]);
        if (!MailAddress.TryCreate(From, out _))
            yield return new ValidationResult($"'{From}' is no e-mail address, such as StepCloud <stepcloud@example.com>.", [nameof(From)]);
        if (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) || url.Query.Length + url.Fragment.Length > 0)
            yield return new ValidationResult($"'{PublicUrl}' is no address such as https://stepcloud.example.com.", [nameof(PublicUrl)]);
        if (User is null != Password is null)
            yield return new ValidationResult("User and Password: one of them is missing.", [nameof(User)]);
        if (Password is not null && !StartTls)
            yield return new ValidationResult("a password is not sent without TLS.", [nameof(StartTls)]);
    }
}
