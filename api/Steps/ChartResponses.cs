using System.Globalization;
using System.Text;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Charts;

namespace StepCloud.Api.Steps;

/// <summary>Points to draw.</summary>
/// <param name="Samples">That lie in the time.</param>
/// <param name="Steps">That reach into the time, with a sample in it or not.</param>
/// <param name="ThinnedSteps">Steps of which only aggregates are kept: of those the first, last, least and greatest sample are drawn.</param>
/// <param name="TimesUs">Of the points: whole microseconds since `from`.</param>
/// <param name="Values">Of the points; as many as there are times.</param>
/// <param name="Lines">Points are joined within a line and never from one to the next: between two steps, or where samples are missing, is a gap.</param>
public sealed record ChartResponse(
    string Series, string Unit, string Method, int Width, DateTimeOffset From, DateTimeOffset To, long Samples, int Steps, int ThinnedSteps,
    long[] TimesUs, double[] Values, IReadOnlyList<ChartLine> Lines)
{
    public static ChartResponse Of(ChartRequest request, Chart chart)
    {
        IReadOnlyList<ChartPoint> points = chart.Points;
        List<ChartLine> lines = [];
        for (int i = 0; i < points.Count; i++)
        {
            if (!points[i].IsJoined) lines.Add(new ChartLine(i, points[i].Step));
        }

        return new ChartResponse(
            request.Series, chart.Unit, request.Method.ToString().ToLowerInvariant(), request.Width, UnixMicroseconds.ToTime(request.From), UnixMicroseconds.ToTime(request.To),
            chart.Samples, chart.Steps, chart.Thinned, [.. points.Select(point => point.Time - request.From)], [.. points.Select(point => point.Value)], lines);
    }

    /// <summary>RFC 4180: a line for each point, with the number of the line that it is of.</summary>
    public static string CsvOf(Chart chart)
    {
        StringBuilder csv = new("time,value,line,step\r\n", 64 * (chart.Points.Count + 1));
        int line = -1;
        foreach (ChartPoint point in chart.Points)
        {
            if (!point.IsJoined) line++;
            csv.Append(CultureInfo.InvariantCulture, $"{UnixMicroseconds.ToTime(point.Time).UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ},{point.Value:R},{line},{point.Step}\r\n");
        }

        return csv.ToString();
    }
}

/// <param name="First">The place of its first point; its last one is before the next line's first.</param>
/// <param name="Step">Whose samples they are.</param>
public sealed record ChartLine(int First, StepId Step);

/// <param name="Kind">`timeseries` or `singular`.</param>
/// <param name="Chart">How it would be drawn: `default`, `scatter`, `line` or `bar`.</param>
/// <param name="LastSeen">When its newest samples begin.</param>
public sealed record DeviceSeries(string Name, string Unit, string Kind, string Chart, DateTimeOffset LastSeen)
{
    public static DeviceSeries Of(NamedSeries series) => new(
        series.Name, series.Unit, WireNames.Of(series.Kind), WireNames.Of(series.Chart), series.LastSeen);
}

/// <param name="Samples">What was made of them when the step was stored; null for a series without any.</param>
public sealed record SeriesSummaryResponse(string Name, string Unit, string Kind, string Chart, int SampleCount, SampleAggregates? Samples)
{
    public static SeriesSummaryResponse Of(SeriesAggregates series) => new(
        series.Name, series.Unit, WireNames.Of(series.Kind), WireNames.Of(series.Chart), series.SampleCount, series.Samples);
}

/// <param name="TimeZone">By which the days begin.</param>
public sealed record StepCalendar(string TimeZone, IReadOnlyList<StepDay> Days);
