using System.Text.Json.Serialization;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;

namespace StepCloud.Api.Steps;

/// <summary>A step as it stands in a list.</summary>
/// <param name="Received">By the server's clock; `started` and `ended` are by the gateway's.</param>
/// <param name="Outcome">`succeeded`, `failed` or `aborted`; null when the gateway did not say.</param>
/// <param name="Job">The code of the job it was done for.</param>
/// <param name="Sequence">As its gateway counted.</param>
/// <param name="ContentHash">SHA-256 over all of its content, in hexadecimal.</param>
public sealed record StepSummary(
    StepId Id,
    DeviceId Device,
    GatewayId Gateway,
    string Kind,
    DateTimeOffset Started,
    DateTimeOffset Ended,
    DateTimeOffset Received,
    string Label,
    string? Outcome,
    string? Job,
    long? Sequence,
    RawJson Settings,
    int SeriesCount,
    int SampleCount,
    int LogCount,
    string ContentHash)
{
    public static StepSummary Of(StepRow row) => new(
        row.Id, row.Device, row.Gateway, WireNames.Of(row.Kind), row.Started, row.Ended, row.Received, row.Label,
        row.Outcome is { } outcome ? WireNames.Of(outcome) : null, row.Job, row.Sequence, new RawJson(row.SettingsJson),
        row.SeriesCount, row.SampleCount, row.LogCount, Convert.ToHexStringLower(row.ContentHash));
}

/// <summary>A whole step.</summary>
public sealed record StepResponse(StepSummary Step, IReadOnlyList<SeriesResponse> Series, IReadOnlyList<LogResponse> Logs)
{
    public static StepResponse Of(WholeStep whole) => new(
        StepSummary.Of(whole.Step),
        [.. whole.Series.Select(SeriesResponse.Of)],
        [.. whole.Logs.Select(log => new LogResponse(WireNames.Of(log.Kind), log.Label, log.Lines))]);
}

/// <param name="TimesUs">Whole microseconds since the step's start; as many as there are values, none for a singular series.</param>
/// <param name="Thinned">True when its samples are kept no more, and left out otherwise; what is known of them is at the step's `series`.</param>
public sealed record SeriesResponse(
    string Name, string Unit, string Kind, string Chart, long[] TimesUs, double[] Values, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Thinned = null)
{
    public static SeriesResponse Of(StepSeries series) => new(
        series.Name, series.Unit, WireNames.Of(series.Kind), WireNames.Of(series.Chart), series.TimesMicroseconds, series.Values, series.IsThinned ? true : null);
}

public sealed record LogResponse(string Kind, string Label, string[] Lines);
