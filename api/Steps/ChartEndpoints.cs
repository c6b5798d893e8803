using System.ComponentModel;
using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Charts;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Steps;

/// <summary>Series as points for a chart, as aggregates, and as they are.</summary>
internal static class ChartEndpoints
{
    private const string Csv = "text/csv";

    private const string SeriesAdvice = "GET /api/v1/devices/{id}/series has the names. Capital letters count.";

    public static void MapCharts(this RouteGroupBuilder group)
    {
        group.MapGet("/devices/{id}/series", ListByDeviceAsync).WithSummary("The series that a device ever had").ProducesProblem(404);
        group.MapGet("/devices/{id}/chart", DrawDeviceAsync).WithSummary("One series of a device over all its steps, as points for a chart")
            .WithDescription("However long the time: the answer is as large as the chart is wide. Gaps stay gaps.")
            .Produces(200, contentType: Csv).Produces<ChartResponse>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
        group.MapGet("/steps/{id}/series", ListByStepAsync).WithSummary("The series of a step, without their samples")
            .WithDescription("The aggregates were made once, when the step was stored.").ProducesProblem(404);
        group.MapGet("/steps/{id}/samples", FindSamplesAsync).WithSummary("One series of a step, every sample").ProducesProblem(400).ProducesProblem(404);
        group.MapGet("/steps/{id}/chart", DrawStepAsync).WithSummary("One series of a step as points for a chart")
            .Produces(200, contentType: Csv).Produces<ChartResponse>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<Results<Ok<IReadOnlyList<DeviceSeries>>, ProblemHttpResult>> ListByDeviceAsync(
        DeviceId id, HttpContext context, RegistryStore registry, SeriesQueries series, CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(Entities.Device, id.Value, context.Organization(), cancellationToken) is null) return Problems.NotFound("device");
        IReadOnlyList<DeviceSeries> all = [.. (await series.ListByDeviceAsync(id, cancellationToken)).Select(DeviceSeries.Of)];
        return TypedResults.Ok(all);
    }

    private static async Task<IResult> DrawDeviceAsync(
        DeviceId id, [AsParameters] SeriesChartRequest request, [AsParameters] ChartSpan span, HttpContext context, RegistryStore registry, SeriesCharts charts,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(Entities.Device, id.Value, context.Organization(), cancellationToken) is null) return Problems.NotFound("device");
        if (TimeRange.Check(span.From, span.To) is { } wrongTime) return wrongTime;
        DateTimeOffset to = span.To ?? clock.GetUtcNow();
        DateTimeOffset from = span.From ?? (to - DateTimeOffset.UnixEpoch > ChartSpan.Default ? to - ChartSpan.Default : DateTimeOffset.UnixEpoch);
        if (request.Read(id, null, from, to, out ChartRequest chart) is { } problem) return problem;
        return await DrawAsync(request, chart, charts, cancellationToken);
    }

    private static async Task<IResult> DrawStepAsync(
        StepId id, [AsParameters] SeriesChartRequest request, HttpContext context, StepQueries steps, SeriesQueries series, SeriesCharts charts,
        CancellationToken cancellationToken)
    {
        if (await steps.FindRowAsync(context.Organization(), id, cancellationToken) is not { } step) return Problems.NotFound("step");
        // From its first sample, or its start, to its last sample, or its end; and the end is of no column, so one microsecond more.
        SampleAggregates? samples = (await series.ListByStepAsync(id, cancellationToken)).Find(one => one.Name == request.Series)?.Samples;
        DateTimeOffset from = step.Started.AddTicks(Math.Min(0, samples?.FirstTimeUs ?? 0) * TimeSpan.TicksPerMicrosecond);
        DateTimeOffset last = step.Started.AddTicks((samples?.LastTimeUs ?? 0) * TimeSpan.TicksPerMicrosecond);
        DateTimeOffset to = (last > step.Ended ? last : step.Ended).AddTicks(TimeSpan.TicksPerMicrosecond);
        if (request.Read(step.Device, id, from, to, out ChartRequest chart) is { } problem) return problem;
        return await DrawAsync(request, chart, charts, cancellationToken);
    }

    private static async Task<IResult> DrawAsync(SeriesChartRequest request, ChartRequest chart, SeriesCharts charts, CancellationToken cancellationToken) =>
        await charts.DrawAsync(chart, cancellationToken) switch
        {
            ChartOutcome.Drawn drawn when request.IsCsv => TypedResults.Text(ChartResponse.CsvOf(drawn.Chart), $"{Csv}; header=present"),
            ChartOutcome.Drawn drawn => TypedResults.Ok(ChartResponse.Of(chart, drawn.Chart)),
            ChartOutcome.UnknownSeries => Problems.Of(ProblemKinds.UnknownSeries, SeriesAdvice),
            ChartOutcome.SeveralUnits several => Problems.Of(ProblemKinds.SeveralUnits, $"They are {string.Join(", ", several.Units.Select(unit => $"'{unit}'"))}. Ask again with `unit`.", ("units", several.Units)),
            ChartOutcome.TooMany tooMany => Problems.Of(ProblemKinds.TooManySamples, $"There are {tooMany.Samples} or some fewer. Ask for a shorter time, or for points by m4, lttb or average."),
            _ => throw new UnreachableException(),
        };

    private static async Task<Results<Ok<IReadOnlyList<SeriesSummaryResponse>>, ProblemHttpResult>> ListByStepAsync(
        StepId id, HttpContext context, StepQueries steps, SeriesQueries series, CancellationToken cancellationToken)
    {
        if (await steps.FindRowAsync(context.Organization(), id, cancellationToken) is null) return Problems.NotFound("step");
        IReadOnlyList<SeriesSummaryResponse> all = [.. (await series.ListByStepAsync(id, cancellationToken)).Select(SeriesSummaryResponse.Of)];
        return TypedResults.Ok(all);
    }

    private static async Task<Results<Ok<SeriesResponse>, ProblemHttpResult>> FindSamplesAsync(
        StepId id, [Description("The name of the series.")] string? series, HttpContext context, StepQueries steps, CancellationToken cancellationToken)
    {
        if (await steps.FindRowAsync(context.Organization(), id, cancellationToken) is null) return Problems.NotFound("step");
        if (string.IsNullOrEmpty(series) || !StorableText.Is(series)) return Problems.InvalidRequest("series", "It must name a series of the step.");
        return await steps.FindSeriesAsync(id, series, cancellationToken) is { } found
            ? TypedResults.Ok(SeriesResponse.Of(found))
            : Problems.Of(ProblemKinds.UnknownSeries, SeriesAdvice);
    }
}
