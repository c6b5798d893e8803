using System.Net.Http.Headers;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Pictures, as small as they can be, and models that have one.</summary>
internal static class SamplePictures
{
    /// <summary>One white pixel.</summary>
    public static readonly byte[] Png = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==");

    public static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, .. "JFIF\0"u8, 0xFF, 0xD9];

    public static readonly byte[] WebP = [.. "RIFF"u8, 0x1A, 0, 0, 0, .. "WEBPVP8L"u8, 0x0D, 0, 0, 0, 0x2F, 0, 0, 0, 0x10, 0x07, 0x10, 0x11, 0x11, 0x88, 0x88, 0xFE, 0x07, 0];

    /// <returns>The id of a new model with a picture.</returns>
    public static async Task<string> NewAsync(ApiServer server)
    {
        string id = await RegistryThings.NewAsync(server, Entities.DeviceModel);
        await PutAsync(await server.AdministratorAsync(), id, Png, "image/png").ShouldAnswerAsync(200);
        return id;
    }

    public static Task<HttpResponseMessage> PutAsync(ApiClient administrator, string id, byte[] bytes, string? mediaType, string? ifMatch = "*") =>
        administrator.SendAsync(HttpMethod.Put, PathOf(id), Body(bytes, mediaType), ifMatch);

    public static ByteArrayContent Body(byte[] bytes, string? mediaType)
    {
        ByteArrayContent content = new(bytes);
        if (mediaType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return content;
    }

    public static string PathOf(string id) => $"/admin/api/v1/device-models/{id}/picture";
}
