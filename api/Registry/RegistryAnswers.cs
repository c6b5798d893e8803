using System.Buffers;
using System.Globalization;
using System.Text.Json;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>One thing of the registry as an answer, with its ETag.</summary>
internal sealed class RegistryItem(RegistryEntity entity, RegistryRow row, int status) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        string tag = "\"" + row.Version.ToString(CultureInfo.InvariantCulture) + "\"";
        response.Headers.ETag = tag;
        if (status == StatusCodes.Status201Created) response.Headers.Location = $"{httpContext.Request.Path}/{row.Id:D}";
        if (HttpMethods.IsGet(httpContext.Request.Method) && httpContext.Request.Headers.IfNoneMatch.Contains(tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return RegistryJson.SendAsync(httpContext, status, writer => RegistryJson.Write(writer, entity, row));
    }
}

/// <summary>A page of a list.</summary>
internal sealed class RegistryPage(RegistryEntity entity, RegistryQuery query, IReadOnlyList<RegistryRow> rows, long? count) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => RegistryJson.SendAsync(httpContext, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (RegistryRow row in rows.Take(query.Limit)) RegistryJson.Write(writer, entity, row);
        writer.WriteEndArray();
        writer.WriteString("next", rows.Count > query.Limit ? RegistryCursor.Write(entity, query.Filter, rows[query.Limit - 1]) : null);
        if (count is { } all) writer.WriteNumber("count", all);
        writer.WriteEndObject();
    });
}

internal static class RegistryJson
{
    public static void Write(Utf8JsonWriter writer, RegistryEntity entity, RegistryRow row)
    {
        writer.WriteStartObject();
        for (int i = 0; i < row.Values.Count; i++) RegistryValue.Write(writer, entity.Fields[i], row.Values[i]);
        writer.WriteEndObject();
    }

    public static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        await using (Utf8JsonWriter writer = new(buffer)) write(writer);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
