using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Running;

/// <summary>What the machines of a gateway do at this moment, and how much of it has been told.</summary>
public sealed class RunningWork(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, Work> _running = [];

    /// <param name="step">As it will be when it has ended.</param>
    public void Begin(StepEvent step)
    {
        lock (_lock) _running[step.Device] = new Work(step);
    }

    public void End(StepEvent step)
    {
        lock (_lock) _running.Remove(step.Device);
    }

    /// <summary>What is new since it was asked the last time: a message, or null when nothing runs.</summary>
    public byte[]? TakeNews()
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (_lock)
        {
            Telemetry[] elements = [.. _running.Values.Where(work => work.Step.Started <= now).Select(work => work.Tell(now))];
            return elements.Length == 0 ? null : TelemetryJson.Write(elements);
        }
    }

    private sealed class Work(StepEvent step)
    {
        /// <summary>Of all series of an element; at most about half of the 64 KiB that one may take.</summary>
        private const int SamplesMax = 1000;

        private long _toldUs = -1;

        public StepEvent Step => step;

        public Telemetry Tell(DateTimeOffset now)
        {
            DateTimeOffset at = now < step.Ended ? now : step.Ended;
            long us = (at - step.Started).Ticks / TimeSpan.TicksPerMicrosecond;
            List<StepSeries> news = [];
            int each = SamplesMax / Math.Max(1, step.Series.Count);
            foreach (StepSeries series in step.Series.Where(series => series.Kind == SeriesKind.Timeseries))
            {
                // The newest, when there are more: the step will have them all.
                int end = EndOf(series.TimesMicroseconds, us), begin = Math.Max(EndOf(series.TimesMicroseconds, _toldUs), end - each);
                if (end > begin) news.Add(series with { TimesMicroseconds = series.TimesMicroseconds[begin..end], Values = series.Values[begin..end] });
            }

            _toldUs = us;
            double whole = (step.Ended - step.Started).TotalSeconds, done = (at - step.Started).TotalSeconds;
            return new Telemetry(TelemetryId.New(now), now, step, whole > 0 ? done / whole : 1, whole - done, news);
        }

        /// <summary>How many of the times are not after that one.</summary>
        private static int EndOf(long[] times, long us)
        {
            int end = 0;
            while (end < times.Length && times[end] <= us) end++;
            return end;
        }
    }
}
