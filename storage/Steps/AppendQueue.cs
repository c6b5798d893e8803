namespace StepCloud.Storage;

/// <summary>The appends that wait for their commit: in the order of their calls, and bounded.</summary>
/// <remarks>
/// At most so many steps and bytes are admitted at a time; an append that finds no room waits outside, in the same order, and its caller with it.
/// One that is bigger than the whole bound is admitted alone. Each append belongs to one writer, who takes all that has gathered for it.
/// </remarks>
internal sealed class AppendQueue(int writers, long bytesMax, int stepsMax)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(int Writer, PendingAppend Append)> _outside = new();
    private readonly Lane[] _lanes = [.. Enumerable.Range(0, writers).Select(_ => new Lane())];
    private long _bytes;
    private int _steps;
    private bool _closed;

    /// <summary>What is admitted and not yet done.</summary>
    public (long Bytes, int Steps, int Outside) Load
    {
        get
        {
            lock (_lock)
                return (_bytes, _steps, _outside.Count);
        }
    }

    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Add(int writer, PendingAppend append)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_outside.Count == 0 && HasRoom(append))
                Admit(writer, append);
            else
                append.PlaceOutside = _outside.AddLast((writer, append));
        }
    }

    /// <summary>Forgets an append that was not admitted yet, so that calls which are given up while the database is away do not gather.</summary>
    public void Withdraw(PendingAppend append)
    {
        lock (_lock)
        {
            if (append.PlaceOutside is { List: not null } place)
                _outside.Remove(place);
            LetIn();
        }
    }

    /// <summary>Takes what waits for the writer, up to so much, at least one; waits until there is something.</summary>
    /// <returns>Empty when the queue is closed and the writer's lane is empty.</returns>
    public async Task<List<PendingAppend>> TakeAsync(int writer, long batchBytesMax, int batchStepsMax, CancellationToken cancellationToken)
    {
        Lane lane = _lanes[writer];
        while (true)
        {
            lock (_lock)
            {
                List<PendingAppend> taken = TakeFrom(lane, batchBytesMax, batchStepsMax);
                if (taken.Count > 0 || (_closed && _outside.Count == 0))
                    return taken;
            }

            await lane.Signal.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives back the room of appends that are done, and lets in who waits outside.</summary>
    public void Release(List<PendingAppend> appends)
    {
        lock (_lock)
        {
            foreach (PendingAppend append in appends)
            {
                _bytes -= append.Bytes;
                _steps -= append.Steps.Count;
            }

            LetIn();
            if (_closed)
                WakeAll();
        }
    }

    /// <summary>Takes nothing new; what waits may still be taken.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            WakeAll();
        }
    }

    /// <summary>Everything that waits, to be cancelled.</summary>
    public List<PendingAppend> TakeRest()
    {
        lock (_lock)
        {
            List<PendingAppend> rest = [.. _lanes.SelectMany(lane => lane.Appends), .. _outside.Select(waiting => waiting.Append)];
            _outside.Clear();
            foreach (Lane lane in _lanes)
                lane.Appends.Clear();
            return rest;
        }
    }

    private void LetIn()
    {
        while (_outside.First is { } next && HasRoom(next.Value.Append))
        {
            _outside.RemoveFirst();
            Admit(next.Value.Writer, next.Value.Append);
        }
    }

    private bool HasRoom(PendingAppend append) =>
        _steps == 0 || (_bytes + append.Bytes <= bytesMax && _steps + append.Steps.Count <= stepsMax);

    private void Admit(int writer, PendingAppend append)
    {
        _bytes += append.Bytes;
        _steps += append.Steps.Count;
        _lanes[writer].Appends.Enqueue(append);
        Wake(_lanes[writer]);
    }

    private static List<PendingAppend> TakeFrom(Lane lane, long bytesMax, int stepsMax)
    {
        List<PendingAppend> taken = [];
        long bytes = 0;
        int steps = 0;
        while (lane.Appends.TryPeek(out PendingAppend? next))
        {
            bytes += next.Bytes;
            steps += next.Steps.Count;
            if (taken.Count > 0 && (bytes > bytesMax || steps > stepsMax))
                break;
            taken.Add(lane.Appends.Dequeue());
        }

        return taken;
    }

    private void WakeAll()
    {
        foreach (Lane lane in _lanes)
            Wake(lane);
    }

    private static void Wake(Lane lane)
    {
        // Its only reader looks again after each wait, so one signal is as good as many.
        if (lane.Signal.CurrentCount == 0)
            lane.Signal.Release();
    }

    private sealed class Lane
    {
        public Queue<PendingAppend> Appends { get; } = new();

        public SemaphoreSlim Signal { get; } = new(0);
    }
}
