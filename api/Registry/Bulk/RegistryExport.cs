using System.Buffers;
using System.Text.Json;
using CsvHelper;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry.Bulk;

/// <summary>All that a list has, in CSV (RFC 4180) or as a JSON array, page by page as it is read. Holds no connection while its reader is slow.</summary>
internal sealed class RegistryExport(RegistryEntity entity, RegistryFilter filter, BulkFormat format, RegistryStore store) : IResult
{
    private const int RowsPerRead = 500;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        bool isCsv = format == BulkFormat.Csv;
        response.ContentType = isCsv ? "text/csv; charset=utf-8; header=present" : "application/json; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{entity.Path}.{(isCsv ? "csv" : "json")}\"";
        bool isFirst = true;
        for (RegistryFilter next = filter; ;)
        {
            IReadOnlyList<RegistryRow> rows = await store.ListAsync(entity, next, RowsPerRead, httpContext.RequestAborted);
            bool isLast = rows.Count < RowsPerRead;
            await response.Body.WriteAsync(isCsv ? Csv(rows, isFirst) : Json(rows, isFirst, isLast), httpContext.RequestAborted);
            if (isLast) return;
            isFirst = false;
            // The mark as a page's reader would give it back.
            next = next with { After = RegistryCursor.Read(RegistryCursor.Write(entity, next, rows[^1]), next) };
        }
    }

    private byte[] Csv(IReadOnlyList<RegistryRow> rows, bool isFirst)
    {
        using MemoryStream buffer = new();
        using (CsvWriter csv = CsvWriter.Create(buffer, new CsvWriterOptions { Separator = ',', HasHeader = false }, leaveOpen: true))
        {
            if (isFirst) Line(csv, entity.Fields.Select(field => field.Name));
            foreach (RegistryRow row in rows) Line(csv, row.Values.Select(CsvCells.Write));
        }

        return buffer.ToArray();
    }

    private static void Line(CsvWriter csv, IEnumerable<string> cells)
    {
        foreach (string cell in cells) csv.WriteField(cell);
        csv.EndRecord();
    }

    /// <summary>A line for each thing, so that one can be found in it.</summary>
    private byte[] Json(IReadOnlyList<RegistryRow> rows, bool isFirst, bool isLast)
    {
        ArrayBufferWriter<byte> buffer = new(64 * 1024);
        if (isFirst) buffer.Write("["u8);
        for (int i = 0; i < rows.Count; i++)
        {
            buffer.Write(isFirst && i == 0 ? "\n"u8 : ",\n"u8);
            using Utf8JsonWriter writer = new(buffer);
            RegistryJson.Write(writer, entity, rows[i]);
        }

        if (isLast) buffer.Write("\n]\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}

internal enum BulkFormat
{
    Csv,
    Json,
}
