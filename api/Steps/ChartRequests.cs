using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Charts;

namespace StepCloud.Api.Steps;

/// <summary>Which series is to be drawn, and how.</summary>
internal sealed record SeriesChartRequest
{
    [Description("The name of the series.")]
    [FromQuery(Name = "series")]
    public string? Series { get; init; }

    [Description("How many pixels wide the chart is, 1 to 10,000.")]
    [FromQuery(Name = "width")]
    public int? Width { get; init; }

    [Description("`m4`: first, least, greatest and last of each pixel column. `lttb`: as many points as pixels, chosen by their triangles. "
        + "`average`: the mean of each column. `raw`: every sample, at most 500,000. `m4` unless given.")]
    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    [Description("Only what is in that unit.")]
    [FromQuery(Name = "unit")]
    public string? Unit { get; init; }

    [Description("`json` or `csv`; `json` unless given.")]
    [FromQuery(Name = "format")]
    public string? Format { get; init; }

    public bool IsCsv => Format == "csv";

    public const int WidthDefault = 1000;

    public ProblemHttpResult? Read(DeviceId device, StepId? step, DateTimeOffset from, DateTimeOffset to, out ChartRequest request)
    {
        request = null!;
        if (string.IsNullOrEmpty(Series) || !StepSelection.IsName(Series)) return Problems.InvalidRequest("series", $"It must name a series, in 1 to {StepLimits.NameCharsMax} characters.");
        if (Unit is not null && !StepSelection.IsName(Unit)) return Problems.InvalidRequest("unit", $"It must be a text of at most {StepLimits.NameCharsMax} characters.");
        if (Width is < 1 or > ChartRequest.WidthMax) return Problems.InvalidRequest("width", $"It must be between 1 and {ChartRequest.WidthMax} pixels.");
        if (Format is not (null or "json" or "csv")) return Problems.InvalidRequest("format", "It must be json or csv.");
        ChartMethod? method = Method switch
        {
            null or "m4" => ChartMethod.M4,
            "lttb" => ChartMethod.Lttb,
            "average" => ChartMethod.Average,
            "raw" => ChartMethod.Raw,
            _ => null,
        };
        if (method is null) return Problems.InvalidRequest("method", "It must be m4, lttb, average or raw.");
        if (TimeRange.Check(from, to) is { } wrongTime) return wrongTime;
        request = new ChartRequest(
            device, step, Series, Unit, UnixMicroseconds.Of(from), UnixMicroseconds.Of(to), Width ?? WidthDefault, method.Value);
        return null;
    }
}

/// <summary>Of which time a device's series is drawn, over all its steps.</summary>
internal sealed record ChartSpan
{
    /// <summary>A working day and its night, when nothing else was said.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromDays(1);

    [Description("Where the chart begins; a day before `to` unless given.")]
    [FromQuery(Name = "from")]
    public DateTimeOffset? From { get; init; }

    [Description("Where the chart ends; now unless given.")]
    [FromQuery(Name = "to")]
    public DateTimeOffset? To { get; init; }
}
