using System.Globalization;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Values of fields as they stand in addresses and in CSV.</summary>
internal static class RegistryText
{
    /// <returns>Null when it is no value of that kind.</returns>
    public static object? Parse(RegistryField field, string text) => field.Kind switch
    {
        FieldKind.Id => Guid.TryParseExact(text, "D", out Guid id) ? id : null,
        FieldKind.Flag => bool.TryParse(text, out bool flag) ? flag : null,
        FieldKind.Number => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null,
        FieldKind.Decimal => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null,
        FieldKind.Time => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.ToUniversalTime()
            : null,
        FieldKind.Date => CalendarDates.Parse(text),
        _ => text.Contains('\0') || text.Length > field.CharsMax || field.Choices?.Contains(text) == false ? null : text,
    };

    public static string Expectation(RegistryField field) => field.Kind switch
    {
        FieldKind.Id => "It must be a UUID.",
        FieldKind.Flag => "It must be true or false.",
        FieldKind.Number or FieldKind.Decimal => $"It must be a {(field.Kind == FieldKind.Number ? "whole number" : "number")}{RangeOf(field)}.",
        FieldKind.Time => "It must be a time such as 2026-03-02T08:15:00Z.",
        FieldKind.Date => CalendarDates.Fault,
        _ when field.Choices is { } choices => $"It must be one of {string.Join(", ", choices)}.",
        FieldKind.Texts => $"It must be a list of up to {field.CountMax} texts of up to {field.CharsMax} characters.",
        _ => $"It must be a text of up to {field.CharsMax} characters.",
    };

    private static string RangeOf(RegistryField field) => field.Range switch
    {
        (double.MinValue, double.MaxValue) => "",
        (var min, double.MaxValue) => string.Create(CultureInfo.InvariantCulture, $" of {min} or more"),
        var (min, max) => string.Create(CultureInfo.InvariantCulture, $" from {min} to {max}"),
    };
}
