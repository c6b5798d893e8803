using System.Net;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Load;

/// <summary>Publishers that all begin at once, and end when what each has to send is acknowledged.</summary>
internal sealed class BacklogLoad : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int PollTimeoutMilliseconds = 100;
    private const int SilentPollsMax = 600;

    private readonly List<Publisher> _publishers = [];
    private readonly TimeProvider _time;

    /// <summary>Connects them, and sends nothing yet.</summary>
    /// <exception cref="BenchException">The server refused one of them.</exception>
    public BacklogLoad(IPEndPoint broker, PublishPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        try
        {
            for (int i = 0; i < plan.Publishers; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _publishers.Add(new Publisher(broker, plan, i));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>On the caller's thread.</summary>
    /// <returns>Seconds until each was through, by the order in which they were.</returns>
    /// <exception cref="BenchException">The server said something else, or nothing for a minute.</exception>
    public List<double> Run(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        List<double> done = new(_publishers.Count);
        var polled = _publishers.Select(static publisher => new Poll.Descriptor { File = publisher.File }).ToArray();
        long begun = _time.GetTimestamp();
        for (int silent = 0; done.Count < _publishers.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < polled.Length; i++) polled[i].Wanted = _publishers[i].Wanted;
            int ready = Poll.Wait(polled, PollTimeoutMilliseconds);
            silent = ready == 0 ? silent + 1 : 0;
            if (silent > SilentPollsMax) throw new BenchException("The server has answered nothing for a minute.");
            for (int i = 0; ready > 0 && i < polled.Length; i++)
            {
                if (polled[i].Ready == 0) continue;
                _publishers[i].Turn(buffer);
                if (!_publishers[i].IsDone) continue;
                done.Add(_time.GetElapsedTime(begun).TotalSeconds);
                // poll(2) leaves a negative one out.
                polled[i] = new Poll.Descriptor { File = -1 };
            }
        }

        return done;
    }

    public void Dispose() => _publishers.ForEach(static publisher => publisher.Dispose());
}
