using System.Net.Mail;

namespace StepCloud.Api.Users;

/// <summary>Which texts can be the address of a mailbox.</summary>
internal static class EmailAddresses
{
    /// <summary>RFC 5321 §4.5.3.1.3, less the angle brackets.</summary>
    public const int CharsMax = 254;

    /// <returns>The address without the spaces around it; null when it is none: a name beside it, a comment or a line break included.</returns>
    public static string? Parse(string text)
    {
        string address = text.Trim();
        return address.Length <= CharsMax && !address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c))
            && MailAddress.TryCreate(address, out MailAddress? parsed) && parsed.Address == address && parsed.Host.Length > 0
                ? address
                : null;
    }
}
