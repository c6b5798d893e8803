using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Bench.Load;

/// <summary>A year of one device's steps with one series at 10 Hz, through the event store as a gateway's would go: 10,000 samples a step, evenly over the year.</summary>
internal sealed class RecordedYear(StepOrigin origin, DeviceId device, DateTimeOffset end, long samples)
{
    public const string Series = "temperature";
    public const int SamplesPerStep = 10_000;

    private const int StepsPerAppend = 16;

    public static readonly TimeSpan Length = TimeSpan.FromDays(365);

    public DateTimeOffset Start => end - Length;

    public int Steps => (int)(samples / SamplesPerStep);

    /// <summary>Two appends at once: one is packed while the other is on its way to the disk.</summary>
    public async Task StoreAsync(IEventStore events, Action<string> say, CancellationToken cancellationToken)
    {
        int next = 0, stored = 0;
        await Task.WhenAll(WriteAsync(), WriteAsync());

        async Task WriteAsync()
        {
            for (int from; (from = Interlocked.Add(ref next, StepsPerAppend) - StepsPerAppend) < Steps;)
            {
                StepEvent[] steps = await Task.Run(() => Enumerable.Range(from, Math.Min(StepsPerAppend, Steps - from)).Select(Step).ToArray(), cancellationToken);
                var outcomes = await events.AppendAsync(origin, steps, cancellationToken);
                if (!outcomes.All(static outcome => outcome is StepOutcome.Stored)) throw new Frame.BenchException("A step of the year was not stored.");
                if (Interlocked.Add(ref stored, steps.Length) % (StepsPerAppend * 64) < StepsPerAppend) say($"series: {stored:N0} of {Steps:N0} steps are stored ...");
            }
        }
    }

    /// <summary>A sensor of two decimals around a value that moves slowly; ten a second, some milliseconds early or late, as a gateway polls.</summary>
    private StepEvent Step(int index)
    {
        Random random = new(index);
        long[] times = new long[SamplesPerStep];
        double[] values = new double[SamplesPerStep];
        for (int i = 0; i < SamplesPerStep; i++)
        {
            times[i] = (i * 100_000L) + random.Next(0, 4000);
            values[i] = Math.Round(40 + (15 * Math.Sin((index * 0.7) + (i / 2000.0))) + (random.NextDouble() * 0.6), 2);
        }

        var started = Start + (Length / Steps * index);
        var ended = started.AddSeconds(SamplesPerStep / 10.0);
        return new StepEvent(
            StepId.New(ended), device, StepKind.TaskPerformed, started, ended, "Batch", """{"target_c": 40}""",
            [new StepSeries(Series, "°C", SeriesKind.Timeseries, PreferredChart.Line, times, values)], []);
    }
}
