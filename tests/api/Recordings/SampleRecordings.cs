using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>Content of the types that there are, and how it is brought.</summary>
internal static class SampleRecordings
{
    public const string Path = "/api/v1/recordings";

    public static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, .. "what a picture shows"u8];

    /// <summary>Begins as a film does, and is as random as one.</summary>
    public static byte[] Film(int bytes)
    {
        byte[] film = RandomNumberGenerator.GetBytes(bytes);
        byte[] head = [0, 0, 0, 24, .. "ftypisom"u8, 0, 0, 2, 0, .. "isommp42"u8];
        head.CopyTo(film, 0);
        return film;
    }

    public static ByteArrayContent Body(byte[] content, string mediaType)
    {
        ByteArrayContent body = new(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return body;
    }

    public static Task<HttpResponseMessage> SendAsync(ApiClient sender, string query, byte[] content, string mediaType = "image/png", string path = Path) =>
        sender.SendAsync(HttpMethod.Post, $"{path}?{query}", Body(content, mediaType));

    public static async Task<RecordingId> AddAsync(ApiClient sender, string query, byte[] content, string mediaType = "image/png")
    {
        JsonNode stored = await SendAsync(sender, query, content, mediaType).ShouldAnswerAsync(201);
        return RecordingId.Parse((string)stored["id"]!, null);
    }
}
