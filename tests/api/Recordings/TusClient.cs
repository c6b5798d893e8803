using System.Net.Http.Headers;
using System.Text;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>Somebody who speaks tus 1.0.0.</summary>
internal sealed class TusClient(ApiClient sender, string path = "/api/tus/v1/recordings")
{
    public static string Metadata(DeviceId device, string mediaType = "video/mp4", string name = "film.mp4") =>
        $"filename {Base64(name)},filetype {Base64(mediaType)},device {Base64(device.ToString())}";

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <returns>Its address.</returns>
    public async Task<string> CreateAsync(long bytes, string metadata)
    {
        using HttpResponseMessage answer = await SendAsync("POST", path, null, ("Upload-Length", $"{bytes}"), ("Upload-Metadata", metadata));
        ((int)answer.StatusCode).ShouldBe(201, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    public Task<HttpResponseMessage> PatchAsync(string upload, long offset, byte[] content, params (string Name, string Value)[] headers) =>
        SendAsync("PATCH", upload, new ByteArrayContent(content), [("Upload-Offset", $"{offset}"), .. headers]);

    public Task<HttpResponseMessage> SendAsync(string method, string address, HttpContent? body, params (string Name, string Value)[] headers)
    {
        body ??= new ByteArrayContent([]);
        if (method == "PATCH") body.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        foreach ((string name, string value) in headers.Any(header => header.Name == "Tus-Resumable") ? headers : [.. headers, ("Tus-Resumable", "1.0.0")])
            body.Headers.TryAddWithoutValidation(name, value);
        return sender.SendAsync(new HttpMethod(method), address, body);
    }

    /// <summary>Where the upload stands.</summary>
    public async Task<long> OffsetAsync(string upload)
    {
        using HttpResponseMessage answer = await SendAsync("HEAD", upload, null);
        ((int)answer.StatusCode).ShouldBe(200);
        return long.Parse(answer.Headers.GetValues("Upload-Offset").Single());
    }

    public static long Offset(HttpResponseMessage answer)
    {
        ((int)answer.StatusCode).ShouldBe(204);
        return long.Parse(answer.Headers.GetValues("Upload-Offset").Single());
    }

    /// <summary>The id of the recording that the upload becomes.</summary>
    public static string IdOf(string upload) => upload.Split('/')[^1];
}
