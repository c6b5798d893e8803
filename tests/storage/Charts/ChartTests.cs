using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Charts;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage.Charts;

/// <summary>What a chart shows is held against all samples, one by one.</summary>
public sealed class ChartTests : StepStoreTests
{
    private const string Series = "force";

    private SeriesCharts Charts => new(new StepCloudDatabase(Database.Source, TimeProvider.System));

    [Fact]
    public async Task Every_pixel_column_has_its_true_first_last_least_and_greatest()
    {
        Random random = new(20261121);
        List<StepEvent> steps = [];
        DateTimeOffset start = FakeClock.Start;
        // Short and long steps with pauses, some of many blocks, one of which lasts for hours, in the order of a back-log: the newest first.
        foreach (int count in (int[])[200, 1, 1500, 3000, 40, 1024, 5000, 12_000, 7])
        {
            steps.Add(Step(start, Noise(random, count), count == 12_000 ? 1_000_000 : 100_000));
            start = steps[^1].Ended.AddSeconds(random.Next(1, 400));
        }

        await Store.AppendAsync([.. Enumerable.Reverse(steps)]);
        DateTimeOffset end = steps[^1].Ended;

        foreach (int width in (int[])[1, 2, 7, 100, 1000, 5000])
        {
            foreach ((DateTimeOffset from, DateTimeOffset to) in ((DateTimeOffset, DateTimeOffset)[])
                [(steps[0].Started, end), (steps[0].Started.AddSeconds(3.05), end.AddDays(3)), (steps[5].Started, steps[7].Ended.AddHours(-1)), (steps[7].Started.AddHours(2), steps[7].Started.AddHours(2.1))])
            {
                ChartRequest request = Request(from, to, width, ChartMethod.M4);
                Chart chart = await DrawAsync(request);
                ShouldShow(chart, request, [.. steps.SelectMany(step => Samples(step))]);
            }
        }
    }

    [Fact]
    public async Task Whatever_the_steps_the_extremes_are_the_true_ones()
    {
        // Times of day, lengths and intervals as they come; overlapping ones too.
        Gen<(int Start, int Count, int Interval)[]> days =
            (from start in Gen.Choose(0, 7200) from count in Gen.Choose(0, 2500) from interval in Gen.Choose(0, 3_000_000) select (start, count, interval))
            .ArrayOf(6);
        Random random = new(7);
        foreach ((int Start, int Count, int Interval)[] day in days.Sample(12, 25))
        {
            DeviceId device = DeviceId.New(TimeProvider.System);
            StepEvent[] steps = [.. day.Select(step => Step(FakeClock.Start.AddSeconds(step.Start), Noise(random, step.Count), step.Interval, device))];
            await Store.AppendAsync(steps);
            DateTimeOffset from = FakeClock.Start.AddSeconds(random.Next(0, 4000));
            ChartRequest request = Request(from, from.AddSeconds(random.Next(1, 8000)), random.Next(1, 1500), ChartMethod.M4) with { Device = device };
            ShouldShow(await DrawAsync(request), request, [.. steps.SelectMany(step => Samples(step))], lanes: steps.Length);
        }
    }

    [Fact]
    public async Task The_recorded_runs_are_charted_with_the_true_extremes_of_every_column()
    {
        DateTimeOffset start = FakeClock.Start;
        List<StepEvent> steps = [];
        foreach (string file in SharedData.CncMill)
        {
            string[][] lines = [.. File.ReadAllLines(file).Select(line => line.Split(','))];
            double[][] columns = [.. Enumerable.Range(1, lines[0].Length - 3).Select(column => lines[1..].Select(line => double.Parse(line[column], CultureInfo.InvariantCulture)).ToArray())];
            long[] times = [.. Enumerable.Range(0, columns[0].Length).Select(i => i * 100_000L)];
            steps.Add(new StepEvent(
                StepId.New(start), Store.Device, StepKind.TaskPerformed, start, start.AddSeconds(columns[0].Length / 10.0), Path.GetFileName(file), "{}",
                [.. columns.Select((values, i) => new StepSeries(lines[0][i + 1], "", SeriesKind.Timeseries, PreferredChart.Line, times, values))], []));
            start = steps[^1].Ended.AddSeconds(30);
        }

        if (steps.Count == 0) return;
        await Store.AppendAsync([.. steps]);
        for (int i = 0; i < steps[0].Series.Count; i++)
        {
            // All twelve in one chart, which each column parts differently, and a minute in the middle.
            (long, double, StepId)[] samples = [.. steps.SelectMany(step => Samples(step, i))];
            ChartRequest all = Request(FakeClock.Start, start, 997, ChartMethod.M4) with { Series = steps[0].Series[i].Name };
            ShouldShow(await DrawAsync(all), all, samples);
            ChartRequest minute = all with { From = At(steps[5].Started.AddSeconds(3.3)), To = At(steps[5].Started.AddSeconds(63.3)), Width = 250 };
            ShouldShow(await DrawAsync(minute), minute, samples);
        }
    }

    [Fact]
    public async Task A_gap_is_never_joined()
    {
        double[] values = Noise(new Random(1), 400);
        // Ten samples a second, with a pause of twenty seconds in the middle of the first.
        long[] times = [.. Enumerable.Range(0, 400).Select(i => (i * 100_000L) + (i < 150 ? 0 : 20_000_000))];
        StepEvent first = TestSteps.Step(Store.Device, series: [new StepSeries(Series, "N", SeriesKind.Timeseries, PreferredChart.Line, times, values)])
            with { Ended = FakeClock.Start.AddSeconds(60) };
        StepEvent second = Step(FakeClock.Start.AddSeconds(61), values, 100_000);
        await Store.AppendAsync(first, second);

        foreach (ChartMethod method in Enum.GetValues<ChartMethod>())
        {
            Chart chart = await DrawAsync(Request(FakeClock.Start, FakeClock.Start.AddSeconds(120), 400, method));
            int[] breaks = [.. chart.Points.Index().Where(point => !point.Item.IsJoined).Select(point => point.Index)];
            breaks.Length.ShouldBe(3, $"{method}: {breaks.Length}");
            chart.Points[breaks[1]].Time.ShouldBeInRange(At(first.Started.AddSeconds(34)), At(first.Started.AddSeconds(36)), $"{method}");
            chart.Points[breaks[2]].Step.ShouldBe(second.Id);
            chart.Points.Take(breaks[2]).ShouldAllBe(point => point.Step == first.Id);
        }
    }

    [Fact]
    public async Task Raw_is_every_sample_and_bounded()
    {
        StepEvent step = Step(FakeClock.Start, Noise(new Random(2), 3000), 100_000);
        await Store.AppendAsync(step);

        Chart chart = await DrawAsync(Request(step.Started.AddSeconds(10), step.Started.AddSeconds(200), 1, ChartMethod.Raw));

        chart.Points.Select(point => (point.Time, point.Value)).ShouldBe(Samples(step).Skip(100).Take(1900).Select(sample => (sample.Time, sample.Value)));
        StepEvent[] many = [.. Enumerable.Range(1, 51).Select(n => Step(FakeClock.Start.AddHours(n), new double[10_000], 1000))];
        await Store.AppendAsync(many);
        (await Charts.DrawAsync(Request(FakeClock.Start, FakeClock.Start.AddDays(3), 1, ChartMethod.Raw), CancellationToken.None))
            .ShouldBe(new ChartOutcome.TooMany(513_000));
    }

    [Fact]
    public async Task A_short_time_of_a_long_step_is_raw_however_long_the_step_is()
    {
        StepEvent step = Step(FakeClock.Start, Noise(new Random(5), 520_000), 10_000);
        await Store.AppendAsync(step);

        Chart chart = await DrawAsync(Request(step.Started.AddSeconds(1000), step.Started.AddSeconds(1001), 1, ChartMethod.Raw));

        chart.Points.Select(point => (point.Time, point.Value)).ShouldBe(Samples(step).Skip(100_000).Take(100).Select(sample => (sample.Time, sample.Value)));
        chart.Points.Count(point => !point.IsJoined).ShouldBe(1);
    }

    [Fact]
    public async Task Steps_that_overlap_are_drawn_each_as_a_line_of_its_own()
    {
        double[] ten = [.. Enumerable.Repeat(10.0, 1000)];
        double[] twenty = [.. Enumerable.Repeat(20.0, 1000)];
        await Store.AppendAsync(Step(FakeClock.Start, ten, 100_000), Step(FakeClock.Start.AddMilliseconds(50), twenty, 100_000));

        foreach (ChartMethod method in Enum.GetValues<ChartMethod>())
        {
            Chart chart = await DrawAsync(Request(FakeClock.Start, FakeClock.Start.AddSeconds(101), 100, method));
            chart.Points.Count(point => !point.IsJoined).ShouldBe(2, $"{method}");
            chart.Points.Select(point => point.Value).Distinct().ShouldBe([10, 20], $"{method}");
        }
    }

    [Fact]
    public async Task Values_whose_sum_is_none_have_a_mean()
    {
        await Store.AppendAsync(Step(FakeClock.Start, [1.7e308, 1.7e308, -1.5e308], 1000));
        Chart chart = await DrawAsync(Request(FakeClock.Start, FakeClock.Start.AddSeconds(1), 1, ChartMethod.Average));
        chart.Points.ShouldHaveSingleItem().Value.ShouldBe(1.9e307 / 3 * 10, 1e300);
    }

    [Fact]
    public async Task Samples_a_year_before_and_after_their_step_are_found()
    {
        long day = 86_400_000_000;
        StepEvent step = Step(FakeClock.Start, [1, 2, 3, 4, 5], 0);
        await Store.AppendAsync(step with { Series = [step.Series[0] with { TimesMicroseconds = [-366 * day, -100 * day, 0, 100 * day, 366 * day] }] });
        foreach (int days in (int[])[-366, -100, 0, 100, 366])
        {
            Chart chart = await DrawAsync(Request(FakeClock.Start.AddDays(days - 1), FakeClock.Start.AddDays(days + 1), 10, ChartMethod.M4));
            chart.Points.Count.ShouldBe(1, $"{days}");
        }
    }

    [Fact]
    public async Task An_average_is_the_mean_of_its_column()
    {
        StepEvent step = Step(FakeClock.Start, Noise(new Random(3), 5000), 100_000);
        await Store.AppendAsync(step);

        Chart chart = await DrawAsync(Request(step.Started, step.Started.AddSeconds(500), 50, ChartMethod.Average));

        double[][] columns = [.. step.Series[0].Values.Chunk(100)];
        chart.Points.Count.ShouldBe(50);
        for (int i = 0; i < 50; i++)
        {
            chart.Points[i].Value.ShouldBe(columns[i].Average(), 1e-9);
            chart.Points[i].Time.ShouldBe(At(step.Started.AddSeconds((10 * i) + 5)));
        }
    }

    [Fact]
    public async Task The_points_of_the_triangles_are_samples_as_many_as_pixels_with_the_first_and_the_last()
    {
        StepEvent step = Step(FakeClock.Start, Noise(new Random(4), 20_000), 100_000);
        await Store.AppendAsync(step);
        HashSet<(long, double)> samples = [.. Samples(step).Select(sample => (sample.Time, sample.Value))];

        Chart chart = await DrawAsync(Request(step.Started, step.Ended, 300, ChartMethod.Lttb));

        chart.Points.Count.ShouldBe(300);
        chart.Points.ShouldAllBe(point => samples.Contains(new ValueTuple<long, double>(point.Time, point.Value)));
        (chart.Points[0].Time, chart.Points[^1].Time).ShouldBe((Samples(step).First().Time, Samples(step).Last().Time));
        chart.Points.Count(point => !point.IsJoined).ShouldBe(1);
        chart.Points.Zip(chart.Points.Skip(1)).ShouldAllBe(pair => pair.First.Time < pair.Second.Time);
    }

    [Fact]
    public async Task Values_for_whole_steps_are_points_at_their_starts()
    {
        StepEvent[] steps = [.. Enumerable.Range(0, 5).Select(n => TestSteps.Step(
            Store.Device, FakeClock.Start.AddHours(n), series: [TestSteps.Singular("resin_used", n)]))];
        await Store.AppendAsync(steps);

        Chart chart = await DrawAsync(Request(FakeClock.Start, FakeClock.Start.AddDays(1), 100, ChartMethod.M4) with { Series = "resin_used" });

        chart.Points.Select(point => (point.Time, point.Value, point.IsJoined)).ShouldBe(steps.Select((step, n) => (At(step.Started), (double)n, false)));
        chart.Unit.ShouldBe("mL");
    }

    [Fact]
    public async Task Unknown_series_and_several_units_are_told_apart_from_an_empty_time()
    {
        StepEvent millimetres = Step(FakeClock.Start, [1, 2], 100_000);
        StepEvent inches = millimetres with
        {
            Id = StepId.New(FakeClock.Start.AddHours(1)), Started = FakeClock.Start.AddHours(1), Ended = FakeClock.Start.AddHours(2),
            Series = [millimetres.Series[0] with { Unit = "lbf" }],
        };
        await Store.AppendAsync(millimetres, inches);
        ChartRequest request = Request(FakeClock.Start, FakeClock.Start.AddDays(1), 100, ChartMethod.M4);

        (await Charts.DrawAsync(request, CancellationToken.None)).ShouldBeOfType<ChartOutcome.SeveralUnits>().Units.ShouldBe(["N", "lbf"], ignoreOrder: true);
        (await DrawAsync(request with { Unit = "lbf" })).Samples.ShouldBe(2);
        (await DrawAsync(request with { From = At(FakeClock.Start.AddDays(-2)), To = At(FakeClock.Start.AddDays(-1)) })).Points.ShouldBeEmpty();
        (await Charts.DrawAsync(request with { Series = "Force" }, CancellationToken.None)).ShouldBeOfType<ChartOutcome.UnknownSeries>();
        (await Charts.DrawAsync(request with { Device = DeviceId.New(TimeProvider.System) }, CancellationToken.None)).ShouldBeOfType<ChartOutcome.UnknownSeries>();
    }

    [Fact]
    public async Task A_years_chart_is_found_by_index()
    {
        await Store.AppendAsync([.. Enumerable.Range(0, 2000).Select(n => Step(
            FakeClock.Start.AddHours(-n), [n], 100_000, n % 40 == 0 ? Store.Device : DeviceId.New(TimeProvider.System)))]);
        await Database.ExecuteAsync("ANALYZE step_series");

        string plan = await Database.ScalarAsync<string>(
            $"EXPLAIN (FORMAT JSON) SELECT * FROM step_series WHERE device_id = '{Store.Device}' AND name = '{Series}' AND starts >= '2026-01-01' AND starts < '2027-01-01'");

        plan.ShouldContain("step_series_2026_11_device_id_name_starts_idx");
    }

    private static void ShouldShow(Chart chart, ChartRequest request, IReadOnlyList<(long Time, double Value, StepId Step)> samples, int lanes = 1)
    {
        (long Time, double Value, StepId Step)[] inside = [.. samples.Where(sample => sample.Time >= request.From && sample.Time < request.To)];
        chart.Samples.ShouldBe(inside.Length);
        HashSet<(long, double, StepId)> all = [.. inside];
        chart.Points.ShouldAllBe(point => all.Contains(new ValueTuple<long, double, StepId>(point.Time, point.Value, point.Step)));
        chart.Points.Zip(chart.Points.Skip(1)).ShouldAllBe(pair => !pair.Second.IsJoined || (pair.First.Step == pair.Second.Step && pair.First.Time <= pair.Second.Time));
        ILookup<Int128, ChartPoint> shown = chart.Points.ToLookup(point => Column(request, point.Time));
        foreach (IGrouping<Int128, (long Time, double Value, StepId Step)> column in inside.GroupBy(sample => Column(request, sample.Time)))
        {
            ChartPoint[] points = [.. shown[column.Key]];
            // Four, or four for each of the steps that overlap.
            points.Length.ShouldBeInRange(1, 4 * lanes);
            points.Min(point => point.Value).ShouldBe(column.Min(sample => sample.Value));
            points.Max(point => point.Value).ShouldBe(column.Max(sample => sample.Value));
            points.Min(point => point.Time).ShouldBe(column.Min(sample => sample.Time));
            points.Max(point => point.Time).ShouldBe(column.Max(sample => sample.Time));
        }

        shown.Count.ShouldBe(inside.Select(sample => Column(request, sample.Time)).Distinct().Count());
    }

    private static Int128 Column(ChartRequest request, long time) => (Int128)(time - request.From) * request.Width / (request.To - request.From);

    private ChartRequest Request(DateTimeOffset from, DateTimeOffset to, int width, ChartMethod method) =>
        new(Store.Device, null, Series, null, At(from), At(to), width, method);

    private async Task<Chart> DrawAsync(ChartRequest request) =>
        (await Charts.DrawAsync(request, CancellationToken.None)).ShouldBeOfType<ChartOutcome.Drawn>().Chart;

    private StepEvent Step(DateTimeOffset started, double[] values, long interval, DeviceId? device = null)
    {
        long[] times = [.. values.Select((_, i) => i * interval)];
        DateTimeOffset ended = started.AddTicks(values.Length * interval * TimeSpan.TicksPerMicrosecond);
        return new StepEvent(
            StepId.New(ended), device ?? Store.Device, StepKind.TaskPerformed, started, ended, "", "{}",
            [new StepSeries(Series, "N", SeriesKind.Timeseries, PreferredChart.Line, times, values)], []);
    }

    private static IEnumerable<(long Time, double Value, StepId Step)> Samples(StepEvent step) => Samples(step, 0);

    private static IEnumerable<(long Time, double Value, StepId Step)> Samples(StepEvent step, int series) =>
        step.Series[series].Values.Select((value, i) => (At(step.Started) + step.Series[series].TimesMicroseconds[i], value, step.Id));

    private static double[] Noise(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Math.Round(random.NextDouble() * 200, 3) - 100)];

    private static long At(DateTimeOffset time) => UnixMicroseconds.Of(time);
}
