using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>One connection from its first byte to its last: reads, closes, and knows when it is over.</summary>
/// <remarks>
/// It is held by being open, by its reader while that works on what it read, and by its pipeline while a batch is with the application.
/// When the last lets go it is over: nothing of it touches the session any more, and the next connection of the client may have it.
/// Closing takes effect at once for whoever looks (<see cref="IsClosing"/>); only the last bytes are given time to arrive.
/// </remarks>
internal sealed partial class ClientConnection : IOutboxOwner
{
    /// <summary>After so many reads that did not wait, others get their turn on the thread.</summary>
    private const int ReadsInARowMax = 16;

    /// <summary>So much of a packet that is still coming counts as a sign of life.</summary>
    private const int SignOfLifeBytes = 1024;

    private readonly BrokerCore _core;
    private readonly Link _link;
    private readonly PacketSource _source = new();
    private readonly Outbox _outbox;
    private int _holds = 1;
    private int _closing;
    private TaskCompletionSource? _over;
    private int _bytesSinceLife;
    private bool _isWaiting;
    private long _quietSince;
    private long _deadline;

    public ClientConnection(BrokerCore core, Link link, long id)
    {
        _core = core;
        _link = link;
        Id = id;
        _outbox = new Outbox(link, core.Options.OutgoingBytesMax, this) { Clock = core.Clock };
        _decoder = _controlDecoder = new DecoderSettings(MqttRole.Server, Version: null, (uint)core.Options.ConnectPacketBytesMax);
        _quietSince = core.Clock.Milliseconds;
        _deadline = _quietSince + (long)core.Options.ConnectTimeout.TotalMilliseconds;
    }

    public long Id { get; }

    public Link Link => _link;

    public bool IsClosing => Volatile.Read(ref _closing) != 0;

    /// <summary>Why it was closed; meaningful once <see cref="IsClosing"/>.</summary>
    public DisconnectCause Cause { get; private set; }

    /// <summary>Reads until the connection ends. Never faults.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReadAsync();
        }
        catch (Exception exception) when (Link.IsNetworkFailure(exception))
        {
            LogLinkFailed(_core.Logger, Id, exception.Message);
        }
        catch (Exception exception)
        {
            LogBug(_core.Logger, Id, exception);
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.UnspecifiedError));
        }
        finally
        {
            Close(new DisconnectCause(DisconnectedBy.Network, ReasonCode.UnspecifiedError));
            _link.Abort();
            _source.Discard();
            _core.Forget(this);
        }
    }

    /// <summary>Ends the connection; the first cause holds. In version 5 the client is told, if there is a word for it. Does not wait.</summary>
    public void Close(DisconnectCause cause)
    {
        if (IsClosing) return;
        // Before the flag: a sweep that sees the flag would otherwise take the time of the CONNECT, long past, for that of the closing.
        Volatile.Write(ref _deadline, _core.Clock.Milliseconds + (long)_core.Options.CloseTimeout.TotalMilliseconds);
        if (Interlocked.Exchange(ref _closing, 1) != 0) return;
        Cause = cause;
        if (cause.By == DisconnectedBy.Server && _state == State.Connected)
            _sender!.Send(new DisconnectPacket { ReasonCode = SayableReason.InDisconnect(cause.ReasonCode), ReasonString = cause.ReasonString });
        _outbox.End();
        Release();
    }

    /// <summary>Completes when nothing of the connection touches its session any more.</summary>
    public Task WhenOverAsync()
    {
        var over = Volatile.Read(ref _over) ?? Interlocked.CompareExchange(
            ref _over, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null) ?? _over!;
        if (Volatile.Read(ref _holds) == 0) over.TrySetResult();
        return over.Task;
    }

    /// <summary>Looks at what has a time limit.</summary>
    /// <param name="now">The server's clock, in milliseconds.</param>
    /// <param name="utcNow">For the credentials, which end by the wall clock.</param>
    public void Sweep(long now, DateTimeOffset utcNow)
    {
        if (IsClosing || _state != State.Connected)
        {
            if (now >= Volatile.Read(ref _deadline)) _link.Abort();
            return;
        }

        if (now - _outbox.WritingSince > _core.Options.WriteTimeout.TotalMilliseconds) _link.Abort();
        else if (_keepAlive > TimeSpan.Zero && Volatile.Read(ref _isWaiting) && now - Volatile.Read(ref _quietSince) > _keepAlive.TotalMilliseconds * 1.5)
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.KeepAliveTimeout));
        else if (_client!.CredentialsExpireAt is { } end && end <= utcNow)
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.MaximumConnectTime, "The credentials have expired."));
    }

    public void OnRoom() => _session?.Refill();

    public void OnWriteFailed(Exception exception)
    {
        if (!IsClosing) LogLinkFailed(_core.Logger, Id, exception.Message);
        _link.Abort();
    }

    private async Task ReadAsync()
    {
        int readsInARow = 0;
        while (true)
        {
            // A read into a full buffer would surely find more; any other first waits without a buffer.
            if (!_source.WasFilled)
            {
                var waiting = _link.ReadAsync(Memory<byte>.Empty);
                if (!waiting.IsCompleted)
                {
                    readsInARow = 0;
                    _source.Shrink();
                    BeginToWait();
                }

                await waiting;
            }

            var reading = _link.ReadAsync(_source.GetFree());
            if (!reading.IsCompleted) BeginToWait();
            int count = await reading;
            Volatile.Write(ref _isWaiting, false);
            if (count == 0) return;

            if (!TryHold())
            {
                _source.Discard();
                continue;
            }

            try
            {
                _source.Received(count);
                _bytesSinceLife += count;
                await ProcessAsync();
            }
            finally
            {
                Release();
            }

            await PauseAsync();
            if (++readsInARow >= ReadsInARowMax)
            {
                readsInARow = 0;
                await Task.Yield();
            }
        }
    }

    private void BeginToWait()
    {
        if (_bytesSinceLife >= SignOfLifeBytes)
        {
            _bytesSinceLife = 0;
            Volatile.Write(ref _quietSince, _core.Clock.Milliseconds);
        }

        Volatile.Write(ref _isWaiting, true);
    }

    /// <summary>False when the connection is closing: then what was read is not looked at.</summary>
    private bool TryHold()
    {
        int holds = Volatile.Read(ref _holds);
        while (holds > 0 && !IsClosing)
        {
            int seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds) return true;
            holds = seen;
        }

        return false;
    }

    private void Hold() => Interlocked.Increment(ref _holds);

    private void Release()
    {
        if (Interlocked.Decrement(ref _holds) > 0) return;
        LogOver(_core.Logger, Id, Cause.By, Cause.ReasonCode);
        try
        {
            _core.Registry.Release(this);
        }
        finally
        {
            Volatile.Read(ref _over)?.TrySetResult();
        }
    }
}
