using System.Globalization;
using System.Text.RegularExpressions;

namespace StepCloud.Api.Http;

/// <summary>A time in an address: RFC 3339, with its offset.</summary>
internal static partial class QueryTime
{
    public const string Fault = "It must be a time with its offset, such as 2026-03-02T08:15:00Z; in an address, the + of an offset is written %2B.";

    [GeneratedRegex("""^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})\z""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Written { get; }

    public static bool Is(string? text) => TryRead(text, out _);

    public static bool TryRead(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is not null && Written.IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }
}
