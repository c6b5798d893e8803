using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Folders;

/// <summary>Folders and links, as those who share make them.</summary>
internal static class SharedThings
{
    public const string Path = "/api/v1/folders";

    public const string Password = "gumbo trellis oxbow quern";

    public const string WrongPassword = "gumbo trellis oxbow quarn";

    /// <returns>Its address.</returns>
    public static async Task<string> NewFolderAsync(ApiClient sharer, params RecordingId[] recordings)
    {
        string folder = $"{Path}/{(await sharer.PostAsync(Path, new JsonObject { ["name"] = "Anna's crown", ["note"] = "For Dr. Weber" }).ShouldAnswerAsync(201))["id"]}";
        foreach (RecordingId recording in recordings) await AddAsync(sharer, folder, recording).ShouldAnswerAsync(200);
        return folder;
    }

    public static Task<HttpResponseMessage> AddAsync(ApiClient sharer, string folder, RecordingId recording) => sharer.SendAsync(HttpMethod.Put, $"{folder}/recordings/{recording}");

    /// <returns>The link's URL, and its address for those who share.</returns>
    public static async Task<(string Url, string Address)> NewLinkAsync(ApiClient sharer, string folder, string? password = null, int? downloadsMax = null)
    {
        JsonObject body = new() { ["label"] = "Dr. Weber", ["password"] = password, ["downloads_max"] = downloadsMax };
        JsonNode made = await sharer.PostAsync(folder + "/links", body).ShouldAnswerAsync(201);
        return ((string)made["url"]!, $"{folder}/links/{made["link"]!["id"]}");
    }

    /// <summary>As the list of the folder's links tells it.</summary>
    public static async Task<JsonNode> LinkAsync(ApiClient sharer, string address) =>
        (await sharer.GetAsync(address[..address.LastIndexOf('/')]).ShouldAnswerAsync(200))["items"]!.AsArray().Single(link => address.EndsWith((string)link!["id"]!, StringComparison.Ordinal))!;

    public static Task<HttpResponseMessage> RevokeAsync(ApiClient sharer, string address) => sharer.PostAsync(address + "/revoke", "");
}
