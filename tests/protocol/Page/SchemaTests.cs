using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Ingress;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Protocol.Tools;
using Xunit;

namespace StepCloud.Tests.Protocol.Page;

/// <summary>The schemas and the server's reader say the same of what is right and of what is wrong.</summary>
public sealed class SchemaTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Changes of a right step by which it stays right.</summary>
    private static readonly (string Path, string Json)[] Harmless =
    [
        ("label", "\"\""), ("label", $"\"{new string('x', 200)}\""), ("started", "\"2026-11-21T08:00:00+01:00\""), ("ended", "\"2026-11-21T07:00:09.123456789Z\""),
        ("kind", "\"settings_changed\""), ("settings", "{}"), ("settings", "{\"a\":[1,null,{\"b\":true}]}"), ("series", "[]"), ("logs", "[]"),
        ("series/0/unit", "\"°C\""), ("series/0/chart", "\"bar\""), ("series/0/values", "[1e300,-1,0.1]"), ("series/0/times_us", "[-5,0,0]"),
        ("series/1/times_us", "[7]"), ("logs/0/lines", "[]"), ("logs/0/kind", "\"error\""),
    ];

    /// <summary>Changes by which it becomes wrong.</summary>
    private static readonly (string Path, string? Json)[] Harmful =
    [
        ("id", null), ("device", null), ("kind", null), ("started", null), ("ended", null), ("series/0/name", null), ("series/0/values", null),
        ("logs/0/kind", null), ("logs/0/lines", null), ("id", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\""), ("id", "7"), ("device", "\"printer\""),
        ("kind", "\"done\""), ("started", "\"2026-11-21T07:00:00\""), ("started", "1"), ("label", $"\"{new string('x', 201)}\""), ("label", "\"\\u0000\""),
        ("label", "null"), ("settings", "[]"), ("series", "{}"), ("series/0/kind", "\"curve\""), ("series/0/chart", "\"pie\""), ("series/0/values", "[1,null,3]"),
        ("series/0/values", "[1,\"NaN\",3]"), ("series/0/times_us", "[0,0.5,1]"), ("series/0/times_us", "[0,1,31622400000001]"), ("series/0/name", "\"\""),
        ("series/0/colour", "\"red\""), ("series/1/values", "[]"), ("series/1/values", "[1,2]"), ("logs/0/kind", "\"info\""), ("logs/0/lines", "[1]"),
        ("logs/0/lines", "[\"\\u0000\"]"), ("colour", "\"red\""),
    ];

    [Fact]
    public async Task Schema_and_reader_take_the_same_steps()
    {
        JsonNode[] steps = [.. Harmless.Select(change => Changed(change.Path, change.Json)), new JsonArray(Right(), Right())];
        (await SchemaJudge.FaultsAsync(steps.Select(step => ("step", step)))).ShouldAllBe(fault => fault == null);
        foreach (JsonNode step in steps) IsTaken(step).ShouldBeTrue(step.ToJsonString());
    }

    [Fact]
    public async Task Schema_and_reader_refuse_the_same_steps()
    {
        JsonNode[] steps = [.. Harmful.Select(change => Changed(change.Path, change.Json)), new JsonArray()];
        string?[] faults = await SchemaJudge.FaultsAsync(steps.Select(step => ("step", step)));
        for (int i = 0; i < steps.Length; i++)
        {
            faults[i].ShouldNotBeNull(steps[i].ToJsonString());
            IsTaken(steps[i]).ShouldBeFalse(steps[i].ToJsonString());
        }
    }

    [Fact]
    public async Task Schema_and_reader_refuse_the_same_announcements()
    {
        string right = ProtocolPage.Blocks("json announcement").Single();
        (string Path, string? Json)[] harmful =
        [
            ("device", null), ("source", null), ("model", null), ("source", "\" \""), ("model", "\"\""), ("device", $"\"{Guid.Empty}\""), ("label", "7"),
            ("serial", $"\"{new string('x', 201)}\""), ("colour", "\"red\""), ("network_address", "\"\\u0000\""),
        ];
        JsonNode[] announcements = [.. harmful.Select(change => Changed(change.Path, change.Json, right))];
        string?[] faults = await SchemaJudge.FaultsAsync(announcements.Select(one => ("announcement", one)));
        for (int i = 0; i < announcements.Length; i++)
        {
            faults[i].ShouldNotBeNull(announcements[i].ToJsonString());
            AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcements[i].ToJsonString())).Elements.Single().Refusal.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task Schema_and_reader_refuse_the_same_telemetry()
    {
        string right = ProtocolPage.Blocks("json telemetry")[0];
        (string Path, string? Json)[] harmful =
        [
            ("id", null), ("device", null), ("sent", null), ("state", null), ("step", null), ("started", null), ("state", "\"asleep\""), ("colour", "\"red\""),
            ("progress", "1.5"), ("progress", "-0.5"), ("layer", "-1"), ("layer", "1.5"), ("layers", "\"many\""), ("remaining_s", "-1"), ("job", "\"\""),
            ("message", $"\"{new string('x', 1001)}\""), ("step", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\""), ("id", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\""),
            ("sent", "\"2026-11-21T07:00:00\""), ("series", "{}"), ("series", """[{"values":[1]}]"""), ("label", "\"\\u0000\""),
        ];
        JsonNode[] telemetry = [.. harmful.Select(change => Changed(change.Path, change.Json, right))];
        string?[] faults = await SchemaJudge.FaultsAsync(telemetry.Select(one => ("telemetry", one)));
        DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        for (int i = 0; i < telemetry.Length; i++)
        {
            faults[i].ShouldNotBeNull(telemetry[i].ToJsonString());
            TelemetryReader.Read(Encoding.UTF8.GetBytes(telemetry[i].ToJsonString()), now).Elements.Single().Refusal.ShouldNotBeNull(telemetry[i].ToJsonString());
        }
    }

    [Fact]
    public async Task Schema_and_reader_refuse_the_same_answers_to_commands()
    {
        string right = ProtocolPage.Blocks("json command-result").Single();
        (string Path, string? Json)[] harmful =
        [
            ("outcome", null), ("outcome", "\"perhaps\""), ("outcome", "null"), ("message", "7"), ("message", $"\"{new string('x', 1001)}\""),
            ("message", "\"\\u0000\""), ("colour", "\"red\""),
        ];
        JsonNode[] answers = [.. harmful.Select(change => Changed(change.Path, change.Json, right)), new JsonArray(JsonNode.Parse(right))];
        string?[] faults = await SchemaJudge.FaultsAsync(answers.Select(one => ("command-result", one)));
        for (int i = 0; i < answers.Length; i++)
        {
            faults[i].ShouldNotBeNull(answers[i].ToJsonString());
            ParsedMessage<CommandAnswer> parsed = CommandAnswerReader.Read(default, Encoding.UTF8.GetBytes(answers[i].ToJsonString()));
            (parsed.WholeRefusal ?? parsed.Elements.Single().Refusal).ShouldNotBeNull(answers[i].ToJsonString());
        }
    }

    [Fact]
    public void The_limits_are_those_of_the_server()
    {
        JsonNode schema = SchemaJudge.Schema("step");
        JsonNode step = schema["$defs"]!["step"]!["properties"]!;
        ((int)schema["oneOf"]![1]!["maxItems"]!).ShouldBe(StepLimits.StepsPerMessageMax);
        ((int)step["series"]!["maxItems"]!).ShouldBe(StepLimits.SeriesPerStepMax);
        ((int)step["logs"]!["maxItems"]!).ShouldBe(StepLimits.LogsPerStepMax);
        ((int)schema["$defs"]!["log"]!["properties"]!["lines"]!["maxItems"]!).ShouldBe(StepLimits.LinesPerLogMax);
        ((int)schema["$defs"]!["name"]!["maxLength"]!).ShouldBe(StepLimits.NameCharsMax);
        ((int)schema["$defs"]!["series"]!["properties"]!["name"]!["maxLength"]!).ShouldBe(StepLimits.NameCharsMax);
    }

    private static JsonNode Right() => JsonNode.Parse(ProtocolPage.Blocks("json step")[0])!;

    /// <param name="path">Names and indices, with slashes between.</param>
    /// <param name="json">Null: what stands there is taken away.</param>
    private static JsonNode Changed(string path, string? json, string? of = null)
    {
        JsonNode root = of is null ? Right() : JsonNode.Parse(of)!;
        string[] parts = path.Split('/');
        JsonNode node = root;
        foreach (string part in parts[..^1]) node = int.TryParse(part, out int index) ? node[index]! : node[part]!;
        if (json is null) node.AsObject().Remove(parts[^1]).ShouldBeTrue();
        else node[parts[^1]] = JsonNode.Parse(json);
        return root;
    }

    private static bool IsTaken(JsonNode message)
    {
        ParsedMessage<StepEvent> parsed = StepReader.Read(Encoding.UTF8.GetBytes(message.ToJsonString()), Now);
        return parsed.WholeRefusal is null && parsed.Elements.All(element => element.Refusal is null);
    }
}
