using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;

namespace StepCloud.Tests.Api.Live;

/// <summary>Telemetry that is right in all its parts, to be changed in one.</summary>
internal static class TelemetryJson
{
    public const string Path = "/gateway/api/v1/telemetry";

    public static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

    public static JsonObject Running(DeviceId device, Guid step, DateTimeOffset started, DateTimeOffset? sent = null)
    {
        DateTimeOffset now = sent ?? TimeProvider.System.GetUtcNow();
        JsonObject element = Of(device, "running", now);
        element["step"] = step.ToString();
        element["started"] = Text(started);
        element["label"] = "Tray 7";
        element["job"] = "K-2471";
        element["progress"] = 0.25;
        element["layer"] = 120;
        element["layers"] = 480;
        element["remaining_s"] = 900;
        element["series"] = new JsonArray(StepJson.Series("force", [1_000_000, 1_500_000], [1.5, -0.25]));
        return element;
    }

    public static JsonObject Of(DeviceId device, string state, DateTimeOffset? sent = null)
    {
        DateTimeOffset now = sent ?? TimeProvider.System.GetUtcNow();
        return new JsonObject { ["id"] = Guid.CreateVersion7(now).ToString(), ["device"] = device.ToString(), ["sent"] = Text(now), ["state"] = state };
    }

    /// <summary>The step that ends what was told of.</summary>
    public static JsonObject Finished(JsonObject running)
    {
        DateTimeOffset started = DateTimeOffset.Parse((string)running["started"]!);
        JsonObject step = StepJson.Step(started);
        step["id"] = (string)running["step"]!;
        step["device"] = (string)running["device"]!;
        step["ended"] = (string)running["sent"]!;
        return step;
    }

    public static Task<HttpResponseMessage> ReportAsync(this TestGateway gateway, JsonNode telemetry) => gateway.Api.PostAsync(Path, telemetry);

    public static Guid IdOf(JsonNode element) => Guid.Parse((string)element["id"]!);
}
