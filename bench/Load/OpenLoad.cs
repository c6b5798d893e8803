using System.Net;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>
/// Messages by a timetable that no answer can move: what a stall makes later than it should be counts from when it was due, not from when it could be sent, so
/// that a stall is not seen once and hidden from all that would have come meanwhile (coordinated omission).
/// </summary>
internal sealed class OpenLoad : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_restMax = TimeSpan.FromMilliseconds(10);

    private readonly List<OpenPublisher> _publishers = [];
    private readonly TimeProvider _time;

    /// <exception cref="BenchException">The broker refused one.</exception>
    public OpenLoad(IPEndPoint broker, StepTraffic traffic, int publishers, TimeProvider time)
    {
        _time = time;
        try
        {
            for (int i = 0; i < publishers; i++) _publishers.Add(new OpenPublisher(broker, traffic, traffic.PayloadBytes, i));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Messages acknowledged, those of the lead-in included.</summary>
    public long Answered => _publishers.Sum(static publisher => publisher.Answered);

    /// <summary>Publishes for that long, and waits for all answers. On the caller's thread, which does nothing else.</summary>
    /// <param name="perSecond">Of all publishers; at random times, as of machines that know nothing of each other, and by random ones.</param>
    /// <param name="leadIn">Before what is told.</param>
    /// <param name="begun">Called when the lead-in is over.</param>
    /// <exception cref="BenchException">Something was not answered, or wrongly.</exception>
    public OpenResult Run(double perSecond, TimeSpan leadIn, TimeSpan duration, Action begun, CancellationToken cancellationToken)
    {
        Random random = new(1);
        int expected = (int)(perSecond * duration.TotalSeconds * 1.1) + 1000;
        List<double> latencies = new(expected), lateness = new(expected);
        byte[] buffer = new byte[64 * 1024];
        var polled = _publishers.Select(static publisher => new Poll.Descriptor { File = publisher.File }).ToArray();
        long second = _time.TimestampFrequency, start = _time.GetTimestamp(), from = start + (long)(leadIn.TotalSeconds * second), to = from + (long)(duration.TotalSeconds * second);
        double next = start;
        bool hasBegun = false;
        Action<long> record = due =>
        {
            if (due >= from) latencies.Add(_time.GetElapsedTime(due).TotalMilliseconds);
        };
        for (int silent = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long now = _time.GetTimestamp();
            if (!hasBegun && now >= from)
            {
                hasBegun = true;
                begun();
            }

            for (; next <= now && next < to; next -= Math.Log(1 - random.NextDouble()) * second / perSecond)
            {
                if (next >= from) lateness.Add(_time.GetElapsedTime((long)next).TotalMilliseconds);
                var publisher = _publishers[random.Next(_publishers.Count)];
                publisher.Publish((long)next);
                publisher.Send();
            }

            if (next >= to && _publishers.TrueForAll(static publisher => publisher.IsAnswered)) break;
            for (int i = 0; i < polled.Length; i++) polled[i].Wanted = _publishers[i].Wanted;
            var rest = next >= to ? s_restMax : TimeSpan.FromSeconds(Math.Max(0, (next - _time.GetTimestamp()) / second));
            int ready = Poll.WaitUntilDue(polled, rest < s_restMax ? rest : s_restMax);
            silent = ready == 0 && next >= to ? silent + 1 : 0;
            if (silent > s_patience / s_restMax) throw new BenchException($"The server has answered nothing for {s_patience.TotalSeconds} seconds.");
            for (int i = 0; ready > 0 && i < polled.Length; i++)
            {
                if ((polled[i].Ready & ~Poll.Writable) != 0) _publishers[i].Receive(buffer, record);
                if ((polled[i].Ready & Poll.Writable) != 0) _publishers[i].Send();
            }
        }

        return new OpenResult(latencies, lateness);
    }

    public void Dispose() => _publishers.ForEach(static publisher => publisher.Dispose());
}

/// <summary>In milliseconds.</summary>
/// <param name="Latencies">From when a message was due to its acknowledgement.</param>
/// <param name="Lateness">From when a message was due to when it was handed to its socket: how well the load kept its own timetable.</param>
internal sealed record OpenResult(List<double> Latencies, List<double> Lateness);
