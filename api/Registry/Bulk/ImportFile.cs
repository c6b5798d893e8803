using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using StepCloud.Api.Http;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry.Bulk;

/// <summary>The lines of what is to be imported, as JSON objects, whichever way they came.</summary>
/// <param name="Fault">Why none of it can be read.</param>
internal sealed record ImportFile(IReadOnlyList<ImportRecord> Records, FieldError? Fault = null)
{
    /// <summary>A run holds what it changes, and the audit of whom it belongs to, until its commit: some seconds at most, for a shop's whole list many times over.</summary>
    public const int LinesMax = 5_000;

    /// <summary>Lines of well over a thousand characters.</summary>
    public const long BytesMax = 8 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static ImportFile Read(RegistryEntity entity, BulkFormat format, byte[] bytes)
    {
        try
        {
            // Spreadsheets put a byte order mark before it.
            string text = Utf8.GetString(bytes).TrimStart('\uFEFF');
            return format == BulkFormat.Csv ? ReadCsv(entity, text) : ReadJson(text);
        }
        catch (DecoderFallbackException)
        {
            return Faulty("", "It is not valid UTF-8.");
        }
        catch (JsonException e)
        {
            return Faulty(JsonPointer.OfPath(e.Path), $"The JSON breaks in line {e.LineNumber + 1}, or holds a name twice.");
        }
    }

    private static ImportFile ReadJson(string text)
    {
        using JsonDocument json = JsonDocument.Parse(text, Strict);
        if (json.RootElement.ValueKind != JsonValueKind.Array) return Faulty("", "It must be a JSON array of objects.");
        if (json.RootElement.GetArrayLength() > LinesMax) return TooMany();
        int line = 0;
        return new ImportFile(
            [.. json.RootElement.EnumerateArray().Select(element => new ImportRecord(
                ++line, element.ValueKind == JsonValueKind.Object ? JsonObject.Create(element.Clone()) : null))]);
    }

    private static ImportFile ReadCsv(RegistryEntity entity, string text)
    {
        HashSet<long> broken = [];
        CsvReaderOptions options = new()
        {
            // Spreadsheets of countries with a decimal comma part by semicolons. No field's name has either.
            Separator = text.AsSpan(0, LengthOfLine(text)).Contains(',') ? ',' : ';',
            HasHeader = false, TrackLineNumbers = true, OnMalformedRecord = record => broken.Add(record.LineNumber),
        };
        using CsvReader csv = CsvReader.FromText(text, options);
        if (!csv.Read()) return Faulty("", "Its first line must name the fields.");
        string[] head = Cells(csv);
        foreach (string name in head)
        {
            if (entity.Find(name) is null) return Faulty(JsonPointer.Of(name), "There is no such field here.");
            if (head.Count(other => other == name) > 1) return Faulty(JsonPointer.Of(name), "The first line names it twice.");
        }

        RegistryField[] fields = [.. head.Select(name => entity.Find(name)!)];
        List<ImportRecord> records = [];
        while (csv.Read())
        {
            if (records.Count == LinesMax) return TooMany();
            bool isWhole = csv.FieldCount == fields.Length && !broken.Contains(csv.LineNumber);
            records.Add(new ImportRecord((int)csv.LineNumber, isWhole ? Object(fields, Cells(csv)) : null, IsCsv: true));
        }

        return new ImportFile(records);
    }

    private static int LengthOfLine(string text) => text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? end : text.Length;

    private static string[] Cells(CsvReader csv) => [.. Enumerable.Range(0, csv.FieldCount).Select(index => csv.GetString(index))];

    private static JsonObject Object(RegistryField[] fields, string[] cells)
    {
        JsonObject json = [];
        for (int i = 0; i < fields.Length; i++) json[fields[i].Name] = CsvCells.Read(fields[i], cells[i]);
        return json;
    }

    private static ImportFile TooMany() => Faulty("", $"It has more than {LinesMax} lines. Import it in parts.");

    private static ImportFile Faulty(string pointer, string detail) => new([], new FieldError(pointer, detail));
}

/// <param name="Line">In CSV as an editor counts them, from 1 for the head; in JSON the place in the array, from 1.</param>
/// <param name="Values">Null when it cannot be read: no object, or not as many cells as the head has.</param>
/// <param name="IsCsv">Every line has every column: null can stand for nothing.</param>
internal sealed record ImportRecord(int Line, JsonObject? Values, bool IsCsv = false);
