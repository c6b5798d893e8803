using System.Net.Http.Headers;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Recordings;

namespace StepCloud.Tests.Api.Access;

/// <summary>How the routes of recordings are asked.</summary>
internal static class RecordingRequests
{
    public static void AddTo(IDictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> requests)
    {
        requests["GET /api/v1/recordings/{id}"] = async (scene, _) => await AccessRequests.Get($"/api/v1/recordings/{await NewAsync(scene)}");
        requests["GET /api/v1/recordings/{id}/content"] = async (scene, _) => await AccessRequests.Get($"/api/v1/recordings/{await NewAsync(scene)}/content");
        requests["DELETE /api/v1/recordings/{id}"] = async (scene, _) => await AccessRequests.Get($"/api/v1/recordings/{await NewAsync(scene)}");
        requests["POST /api/v1/recordings"] = (scene, _) => Task.FromResult(new AccessRequest($"/api/v1/recordings?device={scene.Device}&name=part.png", Png()));
        requests["POST /gateway/api/v1/recordings"] = (scene, _) => Task.FromResult(new AccessRequest($"/gateway/api/v1/recordings?device={scene.Device}", Png()));
        foreach (bool isGateway in (bool[])[false, true])
        {
            string path = isGateway ? "/gateway/api/tus/v1/recordings" : "/api/tus/v1/recordings";
            requests[$"OPTIONS {path}"] = (_, _) => AccessRequests.Get(path);
            requests[$"POST {path}"] = (scene, _) => Task.FromResult(new AccessRequest(path, Tus(("Upload-Length", "100"), ("Upload-Metadata", TusClient.Metadata(scene.Device)))));
            requests[$"HEAD {path}/{{id}}"] = async (scene, _) => new AccessRequest(await NewUploadAsync(scene, path, isGateway), Tus());
            requests[$"DELETE {path}/{{id}}"] = async (scene, _) => new AccessRequest(await NewUploadAsync(scene, path, isGateway), Tus());
            requests[$"PATCH {path}/{{id}}"] = async (scene, _) =>
            {
                HttpContent body = Tus(("Upload-Offset", "0"));
                body.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
                return new AccessRequest(await NewUploadAsync(scene, path, isGateway), body);
            };
        }
    }

    private static async Task<RecordingId> NewAsync(AccessScene scene) =>
        await SampleRecordings.AddAsync(await scene.HolderAsync(new Holder("owner")), $"device={scene.Device}", SampleRecordings.Png);

    private static async Task<string> NewUploadAsync(AccessScene scene, string path, bool isGateway)
    {
        ApiClient creator = await scene.HolderAsync(new Holder(isGateway ? "gateway" : "owner"));
        return await new TusClient(creator, path).CreateAsync(100, TusClient.Metadata(scene.Device));
    }

    private static ByteArrayContent Png() => SampleRecordings.Body(SampleRecordings.Png, "image/png");

    /// <summary>What tus wants to be said stands with the body, since that is where a request of the table has room for it.</summary>
    private static ByteArrayContent Tus(params (string Name, string Value)[] headers)
    {
        ByteArrayContent body = new([]);
        foreach ((string name, string value) in headers.Append(("Tus-Resumable", "1.0.0"))) body.Headers.TryAddWithoutValidation(name, value);
        return body;
    }
}
