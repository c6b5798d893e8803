using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Steps;

namespace StepCloud.GatewaySim.Wire;

/// <summary>Writes a step as the wire has it: the same step always gives the same bytes.</summary>
public static class StepJson
{
    // Relaxed: `°C` stays two bytes and readable. No part of this is ever put into a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(StepEvent step)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options))
            Write(json, step);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Values in all series of the step, single ones included.</summary>
    public static int SamplesOf(StepEvent step) => step.Series.Sum(series => series.Values.Length);

    private static void Write(Utf8JsonWriter json, StepEvent step)
    {
        json.WriteStartObject();
        json.WriteString("id", step.Id.Value);
        json.WriteString("device", step.Device.Value);
        json.WriteString("kind", WireNames.Of(step.Kind));
        json.WriteString("started", Time(step.Started));
        json.WriteString("ended", Time(step.Ended));
        json.WriteString("label", step.Label);
        json.WritePropertyName("settings");
        json.WriteRawValue(step.Settings);
        json.WriteStartArray("series");
        foreach (StepSeries series in step.Series)
            Write(json, series);
        json.WriteEndArray();
        json.WriteStartArray("logs");
        foreach (StepLog log in step.Logs)
            Write(json, log);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter json, StepSeries series)
    {
        json.WriteStartObject();
        json.WriteString("name", series.Name);
        json.WriteString("unit", series.Unit);
        json.WriteString("kind", WireNames.Of(series.Kind));
        json.WriteString("chart", WireNames.Of(series.Chart));
        if (series.Kind == SeriesKind.Timeseries)
        {
            json.WriteStartArray("times_us");
            foreach (long time in series.TimesMicroseconds)
                json.WriteNumberValue(time);
            json.WriteEndArray();
        }
        // The writer gives the shortest digits that read back as the same 64 bits, -0 included.
        json.WriteStartArray("values");
        foreach (double value in series.Values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StepLog log)
    {
        json.WriteStartObject();
        json.WriteString("kind", WireNames.Of(log.Kind));
        json.WriteString("label", log.Label);
        json.WriteStartArray("lines");
        foreach (string line in log.Lines)
            json.WriteStringValue(line);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
