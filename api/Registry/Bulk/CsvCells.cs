using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry.Bulk;

/// <summary>Values as they stand in the cells of CSV, and back. An empty cell is null; a list is a JSON array.</summary>
/// <remarks>
/// Spreadsheets run what begins as a formula does (OWASP, "CSV Injection"), so such a text gets an apostrophe before it. One that begins with
/// apostrophes and then as a formula does gets another, and so does one of nothing but apostrophes, an empty text among them: so each text has
/// one cell, and each cell one text.
/// </remarks>
internal static class CsvCells
{
    private const char Guard = '\'';

    /// <summary>With the full-width forms of the signs, which some spreadsheets take for them.</summary>
    private const string FormulaStarts = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(object? value) => value switch
    {
        null => "",
        string text => Guarded(text),
        bool flag => flag ? "true" : "false",
        Guid id => id.ToString("D"),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateOnly date => CalendarDates.Write(date),
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        string[] texts => JsonSerializer.Serialize(texts, Readable),
        _ => throw new InvalidOperationException($"{value.GetType()} is no value of a field."),
    };

    /// <summary>As JSON, for the rules that hold for JSON. What is no value of the field's kind becomes a text, which they refuse.</summary>
    public static JsonNode? Read(RegistryField field, string cell) => field.Kind switch
    {
        _ when cell.Length == 0 => null,
        FieldKind.Flag when bool.TryParse(cell, out bool flag) => flag,
        FieldKind.Number when long.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        FieldKind.Decimal when double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => number,
        FieldKind.Texts => Array(cell) ?? JsonValue.Create(cell),
        _ => Unguarded(cell),
    };

    internal static string Guarded(string text) => NeedsGuard(text) ? Guard + text : text;

    internal static string Unguarded(string cell) => cell is [Guard, ..] && NeedsGuard(cell) ? cell[1..] : cell;

    private static bool NeedsGuard(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart(Guard);
        return rest.IsEmpty || FormulaStarts.Contains(rest[0], StringComparison.Ordinal);
    }

    private static JsonNode? Array(string cell)
    {
        try
        {
            return JsonNode.Parse(cell) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
