using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Api.Registry;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Workflows;

/// <summary>A shop with a printer, in an organization of its own, whose owner makes blueprints and jobs.</summary>
internal sealed class WorkflowRig
{
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private WorkflowRig(ApiServer server, Shop shop, ApiClient owner, TestGateway gateway, DeviceId device) =>
        (Server, Shop, Owner, Gateway, Device) = (server, shop, owner, gateway, device);

    public ApiServer Server { get; }

    public Shop Shop { get; }

    public ApiClient Owner { get; }

    public TestGateway Gateway { get; }

    public DeviceId Device { get; }

    public static async Task<WorkflowRig> CreateAsync(ApiServer server)
    {
        Shop shop = await server.AddShopAsync("Made as approved");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        return new WorkflowRig(server, shop, await server.UserAsync(shop.OwnerEmail), gateway, await gateway.AddDeviceAsync());
    }

    /// <summary>Print, then wash within ten minutes, then cure.</summary>
    public static JsonObject Document() => new()
    {
        ["steps"] = new JsonArray(
            Step("print", "Print").With("duration_s", new JsonObject { ["min"] = 5, ["max"] = 60 })
                .With("settings", new JsonArray(new JsonObject { ["pointer"] = "/exposure_s", ["min"] = 2, ["max"] = 3 }))
                .With("series", new JsonArray(new JsonObject { ["name"] = "force", ["statistic"] = "max", ["max"] = 2 })),
            Step("wash", "Wash").With("waits", new JsonArray(new JsonObject { ["after"] = "print", ["max_s"] = 600 })),
            Step("cure", "Cure")),
    };

    public static JsonObject Step(string key, string label) => new() { ["key"] = key, ["name"] = label, ["label"] = label };

    /// <returns>The id of a blueprint whose first version is a draft.</returns>
    public async Task<string> DraftAsync(JsonObject? document = null)
    {
        JsonNode blueprint = await Owner.PostAsync("/api/v1/blueprints", new JsonObject { ["name"] = $"Splint {Guid.NewGuid():N}" }).ShouldAnswerAsync(201);
        await Owner.PostAsync($"/api/v1/blueprints/{blueprint["id"]}/versions", document ?? Document()).ShouldAnswerAsync(201);
        return (string)blueprint["id"]!;
    }

    /// <returns>The id of a blueprint whose first version is approved.</returns>
    public async Task<string> ApproveAsync(JsonObject? document = null)
    {
        string blueprint = await DraftAsync(document);
        await SignAsync($"/api/v1/blueprints/{blueprint}/versions/1/approve", "*").ShouldAnswerAsync(200);
        return blueprint;
    }

    public Task<HttpResponseMessage> SignAsync(string path, string? ifMatch, string? password = null, string? comment = null, ApiClient? by = null) => (by ?? Owner).SendAsync(
        HttpMethod.Post, path, Json(new JsonObject { ["password"] = password ?? Seeds.Password, ["comment"] = comment }), ifMatch);

    public static StringContent Json(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    /// <summary>Of all that are open, whatever stands there.</summary>
    public Task<HttpResponseMessage> DisposeAsync(string job, string disposition, string reason, string? ifMatch = "*") => Owner.SendAsync(
        HttpMethod.Post, $"/api/v1/jobs/{job}/dispositions", Json(new JsonObject { ["disposition"] = disposition, ["reason"] = reason }), ifMatch);

    /// <returns>The id of a job of that code.</returns>
    public async Task<string> AddJobAsync(string blueprint, string code, JsonObject? more = null)
    {
        JsonObject body = new() { ["code"] = code, ["blueprint"] = blueprint };
        foreach ((string name, JsonNode? value) in more ?? []) body[name] = value?.DeepClone();
        return (string)(await Owner.PostAsync("/api/v1/jobs", body).ShouldAnswerAsync(201))["job"]!["id"]!;
    }

    /// <summary>A step of nine seconds with an exposure of 2.5 s and a force of up to 1.5.</summary>
    public JsonObject Done(string label, int minutesAgo, string? job, DeviceId? device = null)
    {
        JsonObject step = StepJson.Step(_now.AddMinutes(-minutesAgo)).With("label", label).With("device", (device ?? Device).ToString());
        if (job is not null) step["job"] = job;
        return step;
    }

    public async Task SendAsync(params JsonObject[] steps) => await Gateway.SendAsync(new JsonArray([.. steps])).ShouldAnswerAsync(200);

    /// <summary>A job as it stands when all that is stored was looked at.</summary>
    public async Task<JsonNode> JobAsync(string id)
    {
        await Eventually.HoldsAsync(
            () => Server.Database.ScalarAsync<bool>(
                """
                SELECT NOT EXISTS (SELECT FROM step_event AS e JOIN job_cursor AS c USING (site_id) WHERE e.site_id = $1 AND e.position > c.step_position)
                    AND NOT EXISTS (SELECT FROM job WHERE id = $2 AND is_due)
                """,
                Shop.Site.Value, Guid.Parse(id)),
            "all steps were looked at");
        return await Owner.GetAsync($"/api/v1/jobs/{id}").ShouldAnswerAsync(200);
    }

    /// <summary>A job of the usual blueprint with all its steps done well.</summary>
    public async Task<(string Id, string Code)> AddConformingJobAsync(string? blueprint = null)
    {
        string code = $"J-{Guid.NewGuid():N}";
        string job = await AddJobAsync(blueprint ?? await ApproveAsync(), code);
        await SendAsync(Done("Print", 30, code), Done("Wash", 25, code), Done("Cure", 20, code));
        ((string?)(await JobAsync(job))["job"]!["state"]).ShouldBe("conforming");
        return (job, code);
    }

    public async Task<string> AddLotAsync(string material, string? expiresOn = null)
    {
        JsonObject lot = new() { ["material"] = material, ["lot"] = Guid.NewGuid().ToString("N") };
        if (expiresOn is not null) lot["expires_on"] = expiresOn;
        return (string)(await Owner.PostAsync("/api/v1/material-lots", lot).ShouldAnswerAsync(201))["id"]!;
    }

    public static string Day(int daysFromNow) => TimeProvider.System.GetUtcNow().AddDays(daysFromNow).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string State(JsonNode job) => (string)job["job"]!["state"]!;

    public static string Verdicts(JsonNode job) => string.Join(' ', job["expected"]!.AsArray().Select(one => $"{one!["key"]}:{one["verdict"]}"));

    /// <summary>Each open deviation as its code and where it is.</summary>
    public static string[] Open(JsonNode job) =>
        [.. job["deviations"]!.AsArray().Where(one => (string?)one!["state"] == "open").Select(one => $"{one!["code"]} {one["step_key"]} {one["parameter"]}".Trim()).Order(StringComparer.Ordinal)];
}
