namespace StepCloud.Mqtt.Client;

/// <summary>SUBSCRIBEs and UNSUBSCRIBEs of one connection that have no answer yet.</summary>
internal sealed class PendingRequests(PacketIdentifiers identifiers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, TaskCompletionSource<object>> _pending = [];
    private Exception? _ended;

    /// <summary>Takes an identifier, sends what the caller makes with it, and waits.</summary>
    /// <typeparam name="TAck">The packet that answers.</typeparam>
    /// <param name="send">False: the Server would not take a packet of this size.</param>
    /// <param name="cancellationToken">Ends the waiting; the Server may still do what was asked.</param>
    public async Task<TAck> SendAsync<TAck>(Func<ushort, bool> send, CancellationToken cancellationToken)
        where TAck : class
    {
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_ended is not null) throw _ended;
            var identifier = identifiers.Take();
            if (!send(identifier))
            {
                identifiers.Free(identifier);
                throw new ArgumentException("The packet is over the Server's Maximum Packet Size.", nameof(send));
            }
            _pending.Add(identifier, answer);
        }
        return (TAck)await answer.Task.WaitAsync(cancellationToken);
    }

    /// <returns>False: nothing was asked under this identifier, or something else was.</returns>
    public bool Complete<TAck>(ushort identifier, TAck ack)
        where TAck : class
    {
        lock (_lock)
        {
            if (!_pending.Remove(identifier, out var answer)) return false;
            identifiers.Free(identifier);
            return answer.TrySetResult(ack);
        }
    }

    public void Fail(Exception reason)
    {
        lock (_lock)
        {
            _ended = reason;
            foreach (var (identifier, answer) in _pending)
            {
                identifiers.Free(identifier);
                answer.TrySetException(reason);
            }
            _pending.Clear();
        }
    }
}
