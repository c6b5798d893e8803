using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Api.Ingress;

/// <summary>Writes telemetry in the one form in which it is stored and passed on: without white space, fields in the order of docs/schema/telemetry.json.</summary>
internal static class TelemetryWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // It goes out as JSON, never into a page.
        SkipValidation = true,
    };

    public static string Write(TelemetryElement element)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter writer = new(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("id", element.Id.Value);
        writer.WriteString("device", element.Device.Value);
        writer.WriteString("sent", element.Sent.UtcDateTime);
        writer.WriteString("state", ActivityNames.Of(element.State));
        if (element.Message is { } message) writer.WriteString("message", message);
        if (element.Step is { } step) WriteStep(writer, step);
        if (element.Series.Count > 0) WriteSeries(writer, element.Series);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteStep(Utf8JsonWriter writer, RunningStep step)
    {
        writer.WriteString("step", step.Id.Value);
        writer.WriteString("started", step.Started.UtcDateTime);
        if (step.Label is { } label) writer.WriteString("label", label);
        if (step.Job is { } job) writer.WriteString("job", job);
        if (step.Progress is { } progress) writer.WriteNumber("progress", progress);
        if (step.Layer is { } layer) writer.WriteNumber("layer", layer);
        if (step.Layers is { } layers) writer.WriteNumber("layers", layers);
        if (step.RemainingSeconds is { } remaining) writer.WriteNumber("remaining_s", remaining);
    }

    private static void WriteSeries(Utf8JsonWriter writer, IReadOnlyList<StepSeries> all)
    {
        writer.WriteStartArray("series");
        foreach (StepSeries series in all)
        {
            writer.WriteStartObject();
            writer.WriteString("name", series.Name);
            writer.WriteString("unit", series.Unit);
            if (series.Kind != SeriesKind.Timeseries) writer.WriteString("kind", WireNames.Of(series.Kind));
            if (series.Chart != PreferredChart.Default) writer.WriteString("chart", WireNames.Of(series.Chart));
            writer.WriteStartArray("times_us");
            foreach (long time in series.TimesMicroseconds) writer.WriteNumberValue(time);
            writer.WriteEndArray();
            writer.WriteStartArray("values");
            foreach (double value in series.Values) writer.WriteNumberValue(value);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
