using System.Buffers;
using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Wire;

/// <summary>What a running step is told as.</summary>
/// <param name="Progress">0 to 1.</param>
/// <param name="Series">New samples.</param>
internal sealed record Telemetry(TelemetryId Id, DateTimeOffset Sent, StepEvent Step, double Progress, double RemainingSeconds, IReadOnlyList<StepSeries> Series);

/// <summary>Telemetry as docs/schema/telemetry.json has it.</summary>
internal static class TelemetryJson
{
    public static byte[] Write(IReadOnlyList<Telemetry> elements)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartArray();
        foreach (Telemetry element in elements) Write(json, element);
        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Telemetry element)
    {
        json.WriteStartObject();
        json.WriteString("id", element.Id.Value);
        json.WriteString("device", element.Step.Device.Value);
        json.WriteString("sent", element.Sent.UtcDateTime);
        json.WriteString("state", "running");
        json.WriteString("step", element.Step.Id.Value);
        json.WriteString("started", element.Step.Started.UtcDateTime);
        json.WriteString("label", element.Step.Label);
        json.WriteNumber("progress", element.Progress);
        json.WriteNumber("remaining_s", element.RemainingSeconds);
        json.WriteStartArray("series");
        foreach (StepSeries series in element.Series) StepJson.Write(json, series);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
