using System.Net;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Load;

/// <summary>All publishers, and the subscriber if there is one, on one thread.</summary>
/// <remarks>The loop allocates nothing, copies nothing and decodes nothing: what it costs are its system calls.</remarks>
internal sealed class PublishLoad : IDisposable
{
    /// <summary>Where a run ends however fast the broker is.</summary>
    private const long MessagesMax = 200_000_000;

    /// <summary>Holds the acknowledgements of a whole window, and many messages for the subscriber.</summary>
    private const int BufferBytes = 256 * 1024;

    private const int PollTimeoutMilliseconds = 100;
    private const int SilentPollsMax = 100;

    private readonly List<Publisher> _publishers = [];
    private readonly Subscriber? _subscriber;
    private readonly LoadThread _thread;
    private long _answered;

    /// <exception cref="BenchException">The broker refused one of them.</exception>
    public PublishLoad(IPEndPoint broker, PublishPlan plan)
    {
        _thread = new LoadThread("load", Loop);
        try
        {
            if (plan.HasSubscriber) _subscriber = new Subscriber(broker, plan);
            for (int i = 0; i < plan.Publishers; i++) _publishers.Add(new Publisher(broker, plan, i));
        }
        catch
        {
            Close();
            throw;
        }

        _thread.Start();
    }

    /// <summary>Messages that were acknowledged, or of QoS 0 read by the broker.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Messages that the subscriber got.</summary>
    public long Delivered => _subscriber?.Messages ?? 0;

    /// <summary>Lets that time pass, or less when it has sent all it may.</summary>
    /// <exception cref="BenchException">The server has ended, or what else went wrong.</exception>
    public async Task LastAsync(TimeSpan duration, ServerProcess server, TimeProvider time, CancellationToken cancellationToken)
    {
        await _thread.LastAsync(duration, time, cancellationToken);
        if (!_thread.Ended.IsFaulted) return;
        await server.ThrowIfEndingAsync();
        await _thread.Ended;
    }

    public void Dispose()
    {
        _thread.Stop();
        Close();
    }

    private void Loop()
    {
        byte[] buffer = new byte[BufferBytes];
        int count = _publishers.Count;
        var polled = new Poll.Descriptor[count + (_subscriber is null ? 0 : 1)];
        for (int i = 0; i < count; i++) polled[i].File = _publishers[i].File;
        if (_subscriber is not null) polled[count] = new Poll.Descriptor { File = _subscriber.File, Wanted = Poll.Readable };
        for (int silent = 0; !_thread.IsStopped && _answered < MessagesMax;)
        {
            for (int i = 0; i < count; i++) polled[i].Wanted = _publishers[i].Wanted;
            int ready = Poll.Wait(polled, PollTimeoutMilliseconds);
            silent = ready == 0 ? silent + 1 : 0;
            if (silent > SilentPollsMax) throw new BenchException("The broker has answered nothing for ten seconds.");
            if (ready <= 0) continue;
            for (int i = 0; i < count; i++)
                if (polled[i].Ready != 0) Volatile.Write(ref _answered, _answered + _publishers[i].Turn(buffer));
            if (polled.Length > count && polled[count].Ready != 0) _subscriber!.Turn(buffer);
        }
    }

    private void Close()
    {
        _publishers.ForEach(static publisher => publisher.Dispose());
        _subscriber?.Dispose();
    }
}
