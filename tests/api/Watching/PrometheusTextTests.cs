using System.Diagnostics.Metrics;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Shouldly;
using StepCloud.Api.Watching;
using Xunit;

namespace StepCloud.Tests.Api.Watching;

/// <summary>The text format is Prometheus' (exposition formats, text format 0.0.4), and the names are as OpenTelemetry's compatibility page has them.</summary>
public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("stepcloud.commit.duration", "s", MetricType.Histogram, "stepcloud_commit_duration_seconds")]
    [InlineData("stepcloud.steps.stored", "{step}", MetricType.LongSum, "stepcloud_steps_stored_total")]
    [InlineData("stepcloud.commit.queue.size", "By", MetricType.LongSumNonMonotonic, "stepcloud_commit_queue_size_bytes")]
    [InlineData("already.seconds", "s", MetricType.DoubleSum, "already_seconds_total")]
    [InlineData("already.total", "", MetricType.LongSum, "already_total")]
    [InlineData("share", "1", MetricType.DoubleGauge, "share_ratio")]
    [InlineData("share", "1", MetricType.LongSum, "share_total")]
    [InlineData("speed", "By/s", MetricType.DoubleGauge, "speed_By_per_s")]
    [InlineData("1.begins-with--a.digit", null, MetricType.LongGauge, "_1_begins_with_a_digit")]
    public void A_name_has_its_unit_and_a_counter_ends_in_total(string name, string? unit, MetricType type, string expected) =>
        PrometheusNames.Of(name, unit, type).ShouldBe(expected);

    [Fact]
    public async Task A_page_is_written_to_the_letter()
    {
        string page = await PageAsync(meter =>
        {
            Counter<long> counter = meter.CreateCounter<long>("things.done", "{thing}", "Things that \\ were\ndone");
            counter.Add(2, new KeyValuePair<string, object?>("kind.of", "a \"quoted\" \\ one\nof two lines"), new KeyValuePair<string, object?>("a", true));
            counter.Add(3);
            meter.CreateUpDownCounter<int>("things.there", "{thing}", "").Add(-4);
            meter.CreateObservableGauge("temperature", () => 21.5, "Cel", "How warm it is");
            Histogram<double> histogram = meter.CreateHistogram("wait", "s", "How long", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
            foreach (double value in new[] { 0.05, 0.1, 0.5, 7 }) histogram.Record(value, new KeyValuePair<string, object?>("of", "x"));
            // Nothing was ever counted of it.
            meter.CreateCounter<long>("never", "{thing}", "Never");
        });
        page.ShouldBe(
            """
            # HELP things_done_total Things that \\ were\ndone
            # TYPE things_done_total counter
            things_done_total 3
            things_done_total{a="true",kind_of="a \"quoted\" \\ one\nof two lines"} 2
            # TYPE things_there gauge
            things_there -4
            # HELP temperature_Cel How warm it is
            # TYPE temperature_Cel gauge
            temperature_Cel 21.5
            # HELP wait_seconds How long
            # TYPE wait_seconds histogram
            wait_seconds_bucket{of="x",le="0.1"} 2
            wait_seconds_bucket{of="x",le="1"} 3
            wait_seconds_bucket{of="x",le="+Inf"} 4
            wait_seconds_sum{of="x"} 7.65
            wait_seconds_count{of="x"} 4

            """.ReplaceLineEndings("\n"));
        new MetricsText(page).Types.Count.ShouldBe(4);
        (await Promtool.CheckMetricsAsync(page)).ShouldBe(["things_there no help text"]);
    }

    [Fact]
    public async Task Of_two_metrics_with_one_name_only_the_first_is_told_and_labels_that_become_one_keep_both_values()
    {
        string page = await PageAsync(meter =>
        {
            meter.CreateObservableGauge("apples.there", () => 1, "{x}", "First");
            meter.CreateObservableGauge("apples_there", () => 2, "{x}", "Second");
            meter.CreateCounter<long>("pears", "{x}", "Third").Add(1, new KeyValuePair<string, object?>("d.e", "1"), new KeyValuePair<string, object?>("d_e", "2"));
        });
        MetricsText text = new(page);
        text.Samples["apples_there"].ShouldBe(1);
        text.Samples["pears_total{d_e=\"1;2\"}"].ShouldBe(1);
        (await Promtool.CheckMetricsAsync(page)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a 1", false)]
    [InlineData("# TYPE a gauge\na{b=\"c} 1", false)]
    [InlineData("# TYPE a gauge\na 1\na 2", false)]
    [InlineData("# TYPE a gauge\nb 1", false)]
    [InlineData("# TYPE a gauge\na{b=\"c\"} 1", true)]
    public void The_judge_of_pages_finds_what_is_wrong(string lines, bool isRight)
    {
        if (isRight) _ = new MetricsText(lines + "\n");
        else Should.Throw<Exception>(() => new MetricsText(lines + "\n"));
    }

    private static async Task<string> PageAsync(Action<Meter> measure)
    {
        using Meter meter = new($"StepCloud.Tests.{Guid.NewGuid():N}");
        using MetricsPage page = new(TimeProvider.System);
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(page.Reader).Build();
        measure(meter);
        return Encoding.UTF8.GetString(await page.ReadAsync(CancellationToken.None));
    }
}
