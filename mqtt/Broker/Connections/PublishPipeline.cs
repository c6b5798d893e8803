using Microsoft.Extensions.ObjectPool;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>What a pipeline needs of its connection.</summary>
internal interface IPipelineOwner
{
    /// <summary>Hands the batch to the application.</summary>
    ValueTask AcceptAsync(PublishBatch batch);

    /// <summary>The application is done with the batch: routes and acknowledges its messages.</summary>
    ValueTask CompleteAsync(PublishBatch batch);

    /// <summary>The batch was not accepted: the connection must end without acknowledging it.</summary>
    void Fail(Exception exception);

    /// <summary>Whether messages that were read may still be handed over.</summary>
    bool MayHandOver { get; }

    /// <summary>The connection is not over before the matching <see cref="Release"/>.</summary>
    void Hold();

    void Release();
}

/// <summary>
/// The way of one connection's publishes through the application: one batch is with it, and the next gathers meanwhile. When that one is full,
/// <see cref="SubmitAsync"/> does not complete, so that the socket is not read.
/// </summary>
/// <remarks>Only the connection's reader adds and submits.</remarks>
internal sealed class PublishPipeline(IPipelineOwner owner, int messagesMax, int bytesMax)
{
    private static readonly DefaultObjectPool<PublishBatch> s_batches = new(new BatchPolicy(), maximumRetained: 64);

    private readonly Lock _gate = new();
    private PublishBatch? _reading;
    private PublishBatch? _waiting;
    private bool _isRunning;
    private TaskCompletionSource? _taken;
    private TaskCompletionSource? _idle;

    /// <summary>The reader found a message in the buffer; it is handed over at the next <see cref="SubmitAsync"/>.</summary>
    public void Add(ConnectedClient client, in PublishPacket packet, string topic, in Authorization authorization, ReceiveBuffer buffer)
    {
        if (_reading is null)
        {
            _reading = s_batches.Get();
            _reading.Client = client;
        }

        _reading.Add(packet, topic, authorization);
        _reading.Hold(buffer);
    }

    /// <summary>Whether a QoS 2 message with this identifier is on its way through.</summary>
    public bool Contains(ushort packetIdentifier)
    {
        if (_reading is not null && _reading.Contains(packetIdentifier)) return true;
        lock (_gate) return _running?.Contains(packetIdentifier) == true || _waiting?.Contains(packetIdentifier) == true;
    }

    private PublishBatch? _running;

    /// <summary>Hands over what was added. Completes at once unless too much waits behind the batch that is with the application.</summary>
    public ValueTask SubmitAsync()
    {
        if (_reading is not { } batch) return default;
        _reading = null;
        lock (_gate)
        {
            if (_isRunning)
            {
                if (_waiting is null) _waiting = batch;
                else Merge(batch);
                if (_waiting.Count < messagesMax && _waiting.Bytes < bytesMax) return default;
                _taken ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return new ValueTask(_taken.Task);
            }

            _isRunning = true;
            _running = batch;
        }

        owner.Hold();
        var running = RunAsync(batch);
        if (running.IsCompleted) running.GetAwaiter().GetResult();
        return default;
    }

    /// <summary>Completes when nothing is with the application.</summary>
    public ValueTask WhenIdleAsync()
    {
        lock (_gate)
        {
            if (!_isRunning) return default;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_idle.Task);
        }
    }

    /// <summary>Never faults. Completes synchronously when the application does, which then costs no allocation.</summary>
    private async ValueTask RunAsync(PublishBatch first)
    {
        var batch = first;
        while (true)
        {
            try
            {
                if (owner.MayHandOver)
                {
                    await owner.AcceptAsync(batch);
                    await owner.CompleteAsync(batch);
                }
            }
            catch (Exception exception)
            {
                owner.Fail(exception);
            }

            batch.Clear();
            s_batches.Return(batch);
            if (TryTakeWaiting() is not { } next) break;
            batch = next;
        }

        owner.Release();
    }

    private PublishBatch? TryTakeWaiting()
    {
        lock (_gate)
        {
            _running = _waiting;
            _waiting = null;
            _taken?.TrySetResult();
            _taken = null;
            if (_running is not null) return _running;
            _isRunning = false;
            _idle?.TrySetResult();
            _idle = null;
            return null;
        }
    }

    private void Merge(PublishBatch batch)
    {
        _waiting!.TakeOver(batch);
        s_batches.Return(batch);
    }

    private sealed class BatchPolicy : PooledObjectPolicy<PublishBatch>
    {
        public override PublishBatch Create() => new();

        /// <summary>One huge batch must not keep its room for ever.</summary>
        public override bool Return(PublishBatch obj) => obj.Capacity <= 1024;
    }
}
