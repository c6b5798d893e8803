using System.Globalization;

namespace StepCloud.Storage.Registry;

/// <summary>Calendar dates as they are given and shown: a full-date of RFC 3339 §5.6, such as 2026-03-02.</summary>
/// <remarks>
/// Within bounds, so that the longest interval can be added to any date, and because <see cref="DateOnly.MinValue"/> and
/// <see cref="DateOnly.MaxValue"/> are infinite to PostgreSQL.
/// </remarks>
public static class CalendarDates
{
    public static readonly DateOnly Earliest = new(1900, 1, 1);

    public static readonly DateOnly Latest = new(2999, 12, 31);

    /// <summary>What of it a regular expression (ECMA-262) can say.</summary>
    public const string Pattern = "^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

    public const string Fault = "It must be a date such as 2026-03-02, of the years 1900 to 2999.";

    private const string Form = "yyyy-MM-dd";

    /// <returns>Null when it is none.</returns>
    public static DateOnly? Parse(string text) =>
        DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) && date >= Earliest && date <= Latest ? date : null;

    public static string Write(DateOnly date) => date.ToString(Form, CultureInfo.InvariantCulture);
}
