using System.Text;
using System.Text.Json.Nodes;

namespace StepCloud.Tests.Api.Ingress;

/// <summary>A step that is right in all its parts, to be changed in one.</summary>
internal static class StepJson
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static readonly Guid Device = Guid.Parse("0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001");

    public static JsonObject Step(DateTimeOffset? started = null)
    {
        DateTimeOffset start = started ?? Now.AddMinutes(-10);
        return new JsonObject
        {
            ["id"] = Guid.CreateVersion7(start).ToString(),
            ["device"] = Device.ToString(),
            ["kind"] = "task_performed",
            ["started"] = start.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
            ["ended"] = start.AddSeconds(9).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
            ["label"] = "Layer 1 Up",
            ["settings"] = new JsonObject { ["exposure_s"] = 2.5, ["nested"] = new JsonObject { ["a"] = new JsonArray(1, "b", null, true) } },
            ["series"] = new JsonArray(Series("force", [0, 100_000], [1.5, -0.25])),
            ["logs"] = new JsonArray(new JsonObject { ["kind"] = "build", ["label"] = "build", ["lines"] = new JsonArray("one", "two") }),
        };
    }

    public static JsonObject Series(string name, long[] times, double[] values) => new()
    {
        ["name"] = name,
        ["unit"] = "kg",
        ["kind"] = "timeseries",
        ["chart"] = "line",
        ["times_us"] = new JsonArray([.. times.Select(time => (JsonNode)time)]),
        ["values"] = new JsonArray([.. values.Select(value => (JsonNode)value)]),
    };

    public static byte[] Bytes(this JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    public static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}
