namespace StepCloud.Storage.Registry;

/// <summary>What texts of the registry must be. Each gives what is wrong as a sentence, or null.</summary>
internal static class FieldRules
{
    /// <summary>Of <see cref="Line"/>: no control characters (the Unicode category Cc), and something that is no space.</summary>
    public const string LinePattern = @"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]*$";

    /// <summary>Of <see cref="Lines"/>.</summary>
    public const string LinesPattern = @"^(?=[\s\S]*\S)[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";

    public const string VatIdPattern = "^[A-Z]{2}[A-Z0-9]{2,13}$";

    private const string Storable = "It holds a character that cannot be stored (U+0000, or half of a surrogate pair).";

    public static string? Line(string text) =>
        !StorableText.Is(text) ? Storable
        : text.Any(char.IsControl) ? "It may not hold control characters."
        : string.IsNullOrWhiteSpace(text) ? "It may not be empty."
        : null;

    public static string? Lines(string text) =>
        !StorableText.Is(text) ? Storable
        : text.Any(c => char.IsControl(c) && c is not ('\n' or '\r')) ? "It may not hold control characters other than line breaks."
        : string.IsNullOrWhiteSpace(text) ? "It may not be empty."
        : null;

    /// <summary>Two letters for the country, then 2 to 13 letters and digits (Council Directive 2006/112/EC, Article 215; the longest national form).</summary>
    public static string? VatId(string text) =>
        text.Length is >= 4 and <= 15 && char.IsAsciiLetterUpper(text[0]) && char.IsAsciiLetterUpper(text[1]) && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c))
            ? null
            : "It must be the country's two capital letters and 2 to 13 capital letters and digits.";

    public static string? TimeZone(string text) =>
        Line(text) ?? (TimeZoneInfo.TryFindSystemTimeZoneById(text, out TimeZoneInfo? zone) && zone.HasIanaId ? null : "It must be a name of the IANA's time zone database, such as Europe/Berlin.");

    public static string? Uuid(string text) => Guid.TryParseExact(text, "D", out Guid id) && id != Guid.Empty ? null : "It must be a list of UUIDs.";

    /// <summary>Without a name or a password, which stand in logs; and without a fragment, which is never sent (RFC 9110 §7.1).</summary>
    public static string? WebhookUrl(string text) =>
        Line(text) ?? (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.HostNameType != UriHostNameType.Unknown
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
                ? null
                : "It must be an address such as https://hooks.example.org/alarms, without a user and without a fragment.");

    public static string? Pattern(string text) =>
        Line(text) ?? (text.Trim('*').Length == 0 ? "A pattern must hold more than `*`: that alone is the catalogue's last resort." : null);
}
