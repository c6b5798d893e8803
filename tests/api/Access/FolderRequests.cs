using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Folders;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;

namespace StepCloud.Tests.Api.Access;

/// <summary>How the routes of folders and of their links are asked.</summary>
internal static class FolderRequests
{
    private const string Folder = "/api/v1/folders/{id}";
    private const string Shared = "/api/v1/shared/{link}/recordings";

    public static void AddTo(IDictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> requests)
    {
        requests[$"GET {Folder}"] = requests[$"DELETE {Folder}"] = async (scene, _) => await AccessRequests.Get(await NewAsync(scene));
        requests["POST /api/v1/folders"] = (_, _) => Task.FromResult(AccessRequests.Json("/api/v1/folders", new JsonObject { ["name"] = "Crown" }));
        requests[$"PUT {Folder}"] = async (scene, _) => AccessRequests.Json(await NewAsync(scene), new JsonObject { ["name"] = "Bridge" }) with { IfMatch = "*" };
        requests[$"GET {Folder}/recordings"] = async (scene, _) => await AccessRequests.Get(await NewAsync(scene) + "/recordings");
        requests[$"PUT {Folder}/recordings/{{recording}}"] = async (scene, _) => await AccessRequests.Get($"{await NewAsync(scene)}/recordings/{await NewRecordingAsync(scene)}");
        requests[$"DELETE {Folder}/recordings/{{recording}}"] = async (scene, _) =>
        {
            RecordingId recording = await NewRecordingAsync(scene);
            return await AccessRequests.Get($"{await NewAsync(scene, recording)}/recordings/{recording}");
        };
        requests[$"GET {Folder}/links"] = async (scene, _) =>
        {
            string folder = await NewAsync(scene);
            await SharedThings.NewLinkAsync(await scene.Server.OwnerAsync(), folder);
            return await AccessRequests.Get(folder + "/links");
        };
        requests[$"POST {Folder}/links"] = async (scene, _) => AccessRequests.Json(await NewAsync(scene) + "/links", new JsonObject { ["label"] = "Dr. Weber" });
        requests[$"POST {Folder}/links/{{link}}/revoke"] = async (scene, _) =>
            AccessRequests.Empty((await SharedThings.NewLinkAsync(await scene.Server.OwnerAsync(), await NewAsync(scene))).Address + "/revoke");
        requests["POST /api/v1/shared"] = async (scene, _) =>
        {
            AccessRequest request = AccessRequests.Json("/api/v1/shared", new JsonObject());
            request.Body!.Headers.TryAddWithoutValidation("Share-Token", (await SharedThings.NewLinkAsync(await scene.Server.OwnerAsync(), await NewAsync(scene))).Url.Split('#')[1]);
            return request;
        };
        requests[$"GET {Shared}"] = async (scene, _) => await AccessRequests.Get((await OpenAsync(scene)).List);
        requests[$"GET {Shared}/{{id}}/content"] = async (scene, _) =>
        {
            (string list, RecordingId recording) = await OpenAsync(scene);
            return await AccessRequests.Get($"{list}/{recording}/content");
        };
    }

    private static async Task<string> NewAsync(AccessScene scene, params RecordingId[] recordings) =>
        await SharedThings.NewFolderAsync(await scene.Server.OwnerAsync(), recordings);

    private static async Task<RecordingId> NewRecordingAsync(AccessScene scene) =>
        await SampleRecordings.AddAsync(await scene.Server.OwnerAsync(), $"device={scene.Device}", SampleRecordings.Png);

    /// <summary>All holders of the scene share one jar of cookies, as people at one browser do.</summary>
    private static async Task<(string List, RecordingId Recording)> OpenAsync(AccessScene scene)
    {
        RecordingId recording = await NewRecordingAsync(scene);
        (string url, _) = await SharedThings.NewLinkAsync(await scene.Server.OwnerAsync(), await NewAsync(scene, recording));
        StringContent body = new("{}", System.Text.Encoding.UTF8, "application/json");
        body.Headers.TryAddWithoutValidation("Share-Token", url.Split('#')[1]);
        JsonNode opened = await scene.Server.Anonymous.SendAsync(HttpMethod.Post, "/api/v1/shared", body).ShouldAnswerAsync(200);
        return ($"/api/v1/shared/{opened["link"]}/recordings", recording);
    }
}
