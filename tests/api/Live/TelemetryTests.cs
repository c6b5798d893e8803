using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Api.Mqtt;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Live;

/// <summary>Telemetry is stored before it is acknowledged, once, and refused with a reason.</summary>
[Collection(ApiTests.Name)]
public sealed class TelemetryTests(ApiServer server)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task PUBACK_comes_after_the_commit()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject element = TelemetryJson.Running(await gateway.AddDeviceAsync(), Guid.CreateVersion7(Now), Now);
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        Task<PublishResult> answer;
        await using (StepTableLock held = await StepTableLock.TakeAsync(server.Database, "telemetry"))
        {
            answer = mqtt.PublishAsync(Topics.Telemetry(gateway.Id), element.Bytes());
            await held.SomebodyWaitsAsync();
            await Task.Delay(500);
            answer.IsCompleted.ShouldBeFalse("it was acknowledged before the commit");
            (await CountAsync(element)).ShouldBe(0);
        }

        (await answer).ReasonCode.ShouldBe(ReasonCode.Success);
        (await CountAsync(element)).ShouldBe(1);
    }

    [Fact]
    public async Task At_QoS_0_it_is_stored_too()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject element = TelemetryJson.Of(await gateway.AddDeviceAsync(), "idle");
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V311);
        await mqtt.Client.PublishAsync(Topics.Telemetry(gateway.Id), element.Bytes(), QualityOfService.AtMostOnce);
        await Eventually.HoldsAsync(async () => await CountAsync(element) == 1, "it is stored");
    }

    [Fact]
    public async Task Sent_again_or_twice_in_one_message_it_is_stored_once()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject element = TelemetryJson.Running(await gateway.AddDeviceAsync(), Guid.CreateVersion7(Now), Now);
        JsonNode first = await gateway.ReportAsync(new JsonArray(element.DeepClone(), element.DeepClone())).ShouldAnswerAsync(200);
        Outcomes(first).ShouldBe(["stored", "already_stored"]);
        Outcomes(await gateway.ReportAsync(element).ShouldAnswerAsync(200)).ShouldBe(["already_stored"]);
        (await CountAsync(element)).ShouldBe(1);
    }

    [Fact]
    public async Task It_is_kept_in_one_form_with_everything_that_was_told()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject element = TelemetryJson.Running(await gateway.AddDeviceAsync(), Guid.CreateVersion7(Now), Now);
        element["message"] = "Résin \"low\"";
        await gateway.ReportAsync(element).ShouldAnswerAsync(200);
        string body = await server.Database.ScalarAsync<string>("SELECT body FROM telemetry WHERE id = $1", TelemetryJson.IdOf(element));
        JsonObject kept = JsonNode.Parse(body)!.AsObject();
        foreach ((string name, JsonNode? value) in element)
        {
            if (name is "sent" or "started") DateTimeOffset.Parse((string)kept[name]!).ShouldBe(DateTimeOffset.Parse((string)value!));
            else if (name == "series") kept[name]![0]!["values"]!.ToJsonString().ShouldBe(value![0]!["values"]!.ToJsonString());
            else kept[name]!.ToJsonString().ShouldBe(value!.ToJsonString(), name);
        }

        body.ShouldNotContain("\n");
    }

    public static TheoryData<string, string, string?> Wrong => new()
    {
        { "unknown_field", "colour", "\"red\"" },
        { "missing_field", "id", null },
        { "missing_field", "sent", null },
        { "missing_field", "state", null },
        { "missing_field", "device", null },
        { "missing_field", "step", null },
        { "missing_field", "started", null },
        { "value_out_of_range", "state", "\"asleep\"" },
        { "value_out_of_range", "state", "\"idle\"" },
        { "value_out_of_range", "progress", "1.01" },
        { "value_out_of_range", "progress", "-0.1" },
        { "value_not_finite", "remaining_s", "1e999" },
        { "value_out_of_range", "remaining_s", "-1" },
        { "value_out_of_range", "layer", "481" },
        { "wrong_type", "layer", "1.5" },
        { "value_out_of_range", "job", "\"\"" },
        { "value_out_of_range", "started", "\"2199-01-01T00:00:00Z\"" },
        { "value_out_of_range", "started", "\"2026-01-01T00:00:00Z\"" },
        { "time_in_future", "sent", "\"2199-01-01T00:00:00Z\"" },
        { "time_too_old", "sent", "\"2001-01-01T00:00:00Z\"" },
        { "id_not_uuid7", "id", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\"" },
        { "id_not_uuid7", "step", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\"" },
        { "id_time_mismatch", "id", "\"0198c0de-0000-7000-8000-000000000001\"" },
        { "id_time_mismatch", "step", "\"0198c0de-0000-7000-8000-000000000001\"" },
        { "too_large", "message", "\"" + new string('x', 1001) + "\"" },
        { "duplicate_series", "series", """[{"name":"a","kind":"singular","values":[1]},{"name":"a","kind":"singular","values":[1]}]""" },
        { "unknown_device", "device", "\"0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001\"" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_is_refused_with_its_reason_and_does_not_harm_its_neighbours(string code, string field, string? json)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject bad = TelemetryJson.Running(device, Guid.CreateVersion7(Now), Now), good = TelemetryJson.Of(device, "idle");
        string text = bad.ToJsonString();
        bad.Remove(field);
        if (json is not null) text = bad.ToJsonString()[..^1] + $",\"{field}\":{json}}}";
        else text = bad.ToJsonString();

        JsonObject problem = await gateway.Api.PostAsync(TelemetryJson.Path, $"[{text},{good.ToJsonString()}]").ShouldBeProblemAsync(422, "uplink_refused");

        JsonArray results = problem["results"]!.AsArray();
        ((string?)results[0]!["code"]).ShouldBe(code, results[0]!.ToJsonString());
        ((string?)results[1]!["outcome"]).ShouldBe("stored");
        (await gateway.FindQuarantinedAsync()).Codes.ShouldBe([code]);
    }

    [Fact]
    public async Task What_is_older_than_what_is_kept_is_refused_and_makes_no_partition()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject old = TelemetryJson.Of(await gateway.AddDeviceAsync(), "idle", Now.AddDays(-7.1));
        JsonObject problem = await gateway.ReportAsync(old).ShouldBeProblemAsync(422, "uplink_refused");
        ((string?)problem["results"]![0]!["code"]).ShouldBe("time_too_old");
    }

    [Fact]
    public async Task An_element_over_64_KiB_is_refused()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject large = TelemetryJson.Running(await gateway.AddDeviceAsync(), Guid.CreateVersion7(Now), Now);
        double[] values = [.. Enumerable.Range(0, 8000).Select(i => i + 0.5)];
        large["series"] = new JsonArray(StepJson.Series("force", [.. Enumerable.Range(0, 8000).Select(i => (long)i)], values));
        JsonObject problem = await gateway.ReportAsync(large).ShouldBeProblemAsync(422, "uplink_refused");
        ((string?)problem["results"]![0]!["code"]).ShouldBe("too_large");
    }

    private static string[] Outcomes(JsonNode answer) => [.. answer["results"]!.AsArray().Select(result => (string)result!["outcome"]!)];

    private Task<long> CountAsync(JsonNode element) =>
        server.Database.ScalarAsync<long>("SELECT count(*) FROM telemetry WHERE id = $1", TelemetryJson.IdOf(element));
}
