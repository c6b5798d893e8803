using System.Text.Json.Nodes;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Access;

/// <summary>How the routes of cases and consents are asked.</summary>
internal static class CaseRequests
{
    private const string Case = "/api/v1/cases/{id}";

    public static void AddTo(IDictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> requests)
    {
        requests["POST /api/v1/cases"] = (_, _) => Task.FromResult(AccessRequests.Json("/api/v1/cases", Body()));
        requests["POST /api/v1/cases/search"] = (_, _) => Task.FromResult(AccessRequests.Json("/api/v1/cases/search", new JsonObject { ["reference"] = "ORD-1" }));
        requests[$"GET {Case}"] = async (scene, _) => await AccessRequests.Get(await NewAsync(scene.Server));
        requests[$"GET {Case}/export"] = async (scene, _) => await AccessRequests.Get(await NewAsync(scene.Server) + "/export");
        requests[$"PUT {Case}"] = async (scene, _) => AccessRequests.Json(await NewAsync(scene.Server), Body()) with { IfMatch = "*" };
        requests[$"POST {Case}/erase"] = async (scene, _) => AccessRequests.Json(await NewAsync(scene.Server) + "/erase", new JsonObject { ["reason"] = "requested" });
        requests[$"GET {Case}/consents"] = async (scene, _) => await AccessRequests.Get(await NewAsync(scene.Server) + "/consents");
        requests[$"POST {Case}/consents"] = async (scene, _) => AccessRequests.Json(await NewAsync(scene.Server) + "/consents", Consent());
        requests[$"POST {Case}/consents/{{consent}}/withdraw"] = async (scene, _) =>
        {
            string address = await NewAsync(scene.Server);
            JsonNode consent = await (await scene.Server.OwnerAsync()).PostAsync(address + "/consents", Consent()).ShouldAnswerAsync(201);
            return AccessRequests.Json($"{address}/consents/{consent["id"]}/withdraw", new JsonObject { ["form"] = "email" });
        };
        requests["POST /api/v1/jobs/{id}/case"] = async (scene, _) =>
            AccessRequests.Json(await WorkflowRequests.NewJobAsync(scene) + "/case", new JsonObject { ["case"] = (await NewAsync(scene.Server)).Split('/')[^1] });
        requests[$"POST {Case}/sign-in-codes"] = async (scene, _) => new AccessRequest(await NewAsync(scene.Server) + "/sign-in-codes");
        requests["POST /api/v1/sign-in-codes/redeem"] = async (scene, _) => AccessRequests.Json(
            "/api/v1/sign-in-codes/redeem", new JsonObject { ["code"] = (string?)(await NewCodeAsync(scene.Server, await scene.Server.OwnerAsync()))["code"], ["device_id"] = "tablet-3" });
        requests["DELETE /api/v1/me/sign-in-codes/{id}"] = async (scene, holder) =>
        {
            // Everybody else reaches for one that is somebody else's.
            ApiClient owner = holder == new Holder("owner") ? await scene.HolderAsync(holder) : await scene.Server.UserAsync(await scene.Server.AddUserAsync());
            return new AccessRequest($"/api/v1/me/sign-in-codes/{(await NewCodeAsync(scene.Server, owner))["id"]}");
        };
    }

    private static async Task<JsonNode> NewCodeAsync(ApiServer server, ApiClient by) => await by.PostAsync(await NewAsync(server) + "/sign-in-codes", "").ShouldAnswerAsync(201);

    public static JsonObject Body() => new() { ["reference"] = $"ORD-{Guid.NewGuid()}", ["name"] = "Hēmi Ngata", ["birth_date"] = "1980-02-29" };

    public static JsonObject Consent() => new()
    {
        ["given_by"] = "person", ["purposes"] = new JsonArray("recordings"), ["form"] = "paper", ["given_at"] = "2024-01-02T00:00:00Z",
    };

    /// <returns>Its address.</returns>
    public static async Task<string> NewAsync(ApiServer server, JsonObject? body = null) =>
        $"/api/v1/cases/{(await (await server.OwnerAsync()).PostAsync("/api/v1/cases", body ?? Body()).ShouldAnswerAsync(201))["id"]}";
}
