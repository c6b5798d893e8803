using System.Text.Json;
using StepCloud.Actors.Ports;

namespace StepCloud.Api.Http.Idempotency;

/// <summary>An answer as it is kept beside its key: what the client has to see again.</summary>
internal sealed record KeptAnswer(int Status, string? MediaType, string? Location, string? ETag, byte[] Body)
{
    public static KeptAnswer Of(HttpResponse response, byte[] body) => new(
        response.StatusCode, response.ContentType, Text(response.Headers.Location), Text(response.Headers.ETag), body);

    /// <summary>What a route's result will be as an answer, before it is one.</summary>
    public static async Task<KeptAnswer> DrawAsync(HttpContext context, IResult result)
    {
        using MemoryStream body = new();
        DefaultHttpContext drawn = new() { RequestServices = context.RequestServices };
        (drawn.Request.Method, drawn.Request.PathBase, drawn.Request.Path) = (context.Request.Method, context.Request.PathBase, context.Request.Path);
        drawn.Response.Body = body;
        await result.ExecuteAsync(drawn);
        await drawn.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return Of(drawn.Response, body.ToArray());
    }

    /// <summary>There can be a token in it, and whoever reads the database must not read that.</summary>
    public byte[] Seal(ISealing sealing, Guid holder, string key) =>
        sealing.Seal(PurposeOf(holder, key), JsonSerializer.SerializeToUtf8Bytes(this));

    public static KeptAnswer Open(ISealing sealing, Guid holder, string key, byte[] answer) =>
        JsonSerializer.Deserialize<KeptAnswer>(sealing.Open(PurposeOf(holder, key), answer))
        ?? throw new InvalidOperationException("There is no answer in what was kept.");

    public async Task SendAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        response.ContentType = MediaType;
        if (Location is not null) response.Headers.Location = Location;
        if (ETag is not null) response.Headers.ETag = ETag;
        response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        if (Body.Length > 0) await response.Body.WriteAsync(Body, context.RequestAborted);
    }

    private static string? Text(Microsoft.Extensions.Primitives.StringValues header) => header.Count == 0 ? null : header.ToString();

    private static string PurposeOf(Guid holder, string key) => $"idempotent-answer:{holder:D}:{key}";
}
