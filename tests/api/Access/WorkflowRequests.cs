using System.Text.Json.Nodes;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;

namespace StepCloud.Tests.Api.Access;

/// <summary>How the routes of blueprints' versions and of jobs are asked, and the things that they are asked about.</summary>
internal static class WorkflowRequests
{
    private const string Versions = "/api/v1/blueprints/{id}/versions";
    private const string Job = "/api/v1/jobs/{id}";

    /// <summary>One step, of whatever the gateway's printer calls a print.</summary>
    private static JsonObject Document => new()
    {
        ["steps"] = new JsonArray(new JsonObject { ["key"] = "print", ["name"] = "Print", ["kind"] = "resin_printer" }),
    };

    private static JsonObject Reason => new() { ["reason"] = "It was wrong." };

    private static JsonObject Signature => new() { ["password"] = Seeds.Password, ["comment"] = "As it should be." };

    public static void AddTo(IDictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> requests)
    {
        AddVersions(requests);
        requests[$"GET {Job}"] = async (scene, _) => await AccessRequests.Get(await NewJobAsync(scene));
        foreach (string read in new[] { "verification", "record", "record.pdf" })
            requests[$"GET {Job}/{read}"] = async (scene, _) => await AccessRequests.Get($"{await NewJobAsync(scene)}/{read}");
        requests["GET /api/v1/material-lots/{id}/jobs"] = async (scene, _) => await AccessRequests.Get($"/api/v1/material-lots/{await NewLotAsync(scene)}/jobs");
        requests["POST /api/v1/jobs"] = async (scene, _) => AccessRequests.Json("/api/v1/jobs", await JobBodyAsync(scene));
        requests[$"POST {Job}/complete"] = async (scene, _) => AccessRequests.Empty(await NewJobAsync(scene) + "/complete");
        requests[$"POST {Job}/lots"] = async (scene, _) => AccessRequests.Json(await NewJobAsync(scene) + "/lots", new JsonObject { ["lot"] = await NewLotAsync(scene) });
        requests[$"POST {Job}/lots/{{lot}}/remove"] = async (scene, _) =>
        {
            (string job, string lot) = (await NewJobAsync(scene), await NewLotAsync(scene));
            await PostAsync(scene, job + "/lots", new JsonObject { ["lot"] = lot });
            return AccessRequests.Json($"{job}/lots/{lot}/remove", Reason);
        };
        requests[$"POST {Job}/devices"] = async (scene, _) =>
            AccessRequests.Json(await NewJobAsync(scene) + "/devices", new JsonObject { ["device"] = scene.Device.ToString() });
        requests[$"POST {Job}/devices/{{assignment}}/end"] = async (scene, _) =>
        {
            string job = await NewJobAsync(scene);
            JsonNode view = await PostAsync(scene, job + "/devices", new JsonObject { ["device"] = scene.Device.ToString(), ["from"] = "2024-05-02T00:00:00Z" });
            return AccessRequests.Json($"{job}/devices/{view["devices"]![0]!["id"]}/end", new JsonObject { ["to"] = "2024-05-03T00:00:00Z" });
        };
        requests[$"POST {Job}/steps"] = async (scene, _) =>
            AccessRequests.Json(await NewJobAsync(scene) + "/steps", Reason.With("step", (string)(await scene.NewStepAsync())["id"]!));
        requests[$"POST {Job}/steps/{{step}}/remove"] = async (scene, _) =>
            AccessRequests.Json($"{await NewJobAsync(scene)}/steps/{(await scene.NewStepAsync())["id"]}/remove", Reason);
        requests[$"POST {Job}/dispositions"] = async (scene, _) =>
            AccessRequests.Json(await NewDeviatingJobAsync(scene) + "/dispositions", Reason.With("disposition", "accept")) with { IfMatch = "*" };
        requests[$"POST {Job}/release"] = async (scene, _) =>
        {
            string job = await NewDeviatingJobAsync(scene);
            StringContent accept = new(Reason.With("disposition", "accept").ToJsonString(), System.Text.Encoding.UTF8, "application/json");
            await (await scene.Server.OwnerAsync()).SendAsync(HttpMethod.Post, job + "/dispositions", accept, "*").ShouldAnswerAsync(200);
            return AccessRequests.Json(job + "/release", Signature) with { IfMatch = "*" };
        };
        requests[$"POST {Job}/reject"] = async (scene, _) => AccessRequests.Json(await NewJobAsync(scene) + "/reject", Signature) with { IfMatch = "*" };
    }

    private static void AddVersions(IDictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> requests)
    {
        requests[$"GET {Versions}"] = async (scene, _) => await AccessRequests.Get($"/api/v1/blueprints/{await NewBlueprintAsync(scene)}/versions");
        requests[$"GET {Versions}/{{number}}"] = async (scene, _) => await AccessRequests.Get(await NewDraftAsync(scene));
        requests[$"POST {Versions}"] = async (scene, _) => AccessRequests.Json($"/api/v1/blueprints/{await NewBlueprintAsync(scene)}/versions", Document);
        requests[$"PUT {Versions}/{{number}}"] = async (scene, _) => AccessRequests.Json(await NewDraftAsync(scene), Document) with { IfMatch = "*" };
        requests[$"POST {Versions}/{{number}}/approve"] = async (scene, _) => AccessRequests.Json(await NewDraftAsync(scene) + "/approve", Signature) with { IfMatch = "*" };
        requests[$"POST {Versions}/{{number}}/retire"] = async (scene, _) => AccessRequests.Json($"/api/v1/blueprints/{await NewApprovedAsync(scene)}/versions/1/retire", Reason);
        requests["POST /api/v1/blueprints/proposals"] = async (scene, _) =>
        {
            JsonObject step = TestGateway.Step(scene.Device).With("job", $"J-{Guid.NewGuid()}");
            await scene.Gateway.SendAsync(step).ShouldAnswerAsync(200);
            return AccessRequests.Json("/api/v1/blueprints/proposals", new JsonObject { ["runs"] = new JsonArray(new JsonObject { ["code"] = (string)step["job"]! }) });
        };
    }

    private static Task<string> NewBlueprintAsync(AccessScene scene) => RegistryThings.NewAsync(scene.Server, Entities.Blueprint);

    private static Task<string> NewLotAsync(AccessScene scene) => RegistryThings.NewAsync(scene.Server, Entities.MaterialLot);

    /// <returns>Its address.</returns>
    private static async Task<string> NewDraftAsync(AccessScene scene)
    {
        string versions = $"/api/v1/blueprints/{await NewBlueprintAsync(scene)}/versions";
        await PostAsync(scene, versions, Document, 201);
        return versions + "/1";
    }

    /// <returns>The id of a blueprint whose one version is approved.</returns>
    private static async Task<string> NewApprovedAsync(AccessScene scene)
    {
        string draft = await NewDraftAsync(scene);
        StringContent body = new(Signature.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        await (await scene.Server.OwnerAsync()).SendAsync(HttpMethod.Post, draft + "/approve", body, "*").ShouldAnswerAsync(200);
        return draft.Split('/')[4];
    }

    private static async Task<JsonObject> JobBodyAsync(AccessScene scene) =>
        new() { ["code"] = $"J-{Guid.NewGuid()}", ["blueprint"] = await NewApprovedAsync(scene) };

    /// <returns>The address of a job that waits for its one step.</returns>
    internal static async Task<string> NewJobAsync(AccessScene scene) =>
        $"/api/v1/jobs/{(await PostAsync(scene, "/api/v1/jobs", await JobBodyAsync(scene), 201))["job"]!["id"]}";

    /// <summary>As the other, of which somebody has said that the step will not come.</summary>
    private static async Task<string> NewDeviatingJobAsync(AccessScene scene)
    {
        string job = await NewJobAsync(scene);
        await PostAsync(scene, job + "/complete", []);
        return job;
    }

    private static async Task<JsonNode> PostAsync(AccessScene scene, string path, JsonObject body, int status = 200) =>
        await (await scene.Server.OwnerAsync()).PostAsync(path, body).ShouldAnswerAsync(status);
}
