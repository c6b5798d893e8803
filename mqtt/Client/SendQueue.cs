using System.Buffers;
using System.Threading.Channels;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>
/// The way out of one connection: packets are encoded into one buffer while the other is being written, so that all
/// that came together in that time leaves in one write.
/// </summary>
internal sealed class SendQueue
{
    /// <summary>A buffer that one large packet has made larger than this is not kept.</summary>
    private const int KeptBytesMax = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(1);
    private readonly int _bytesMax;
    private ArrayBufferWriter<byte> _filling = new();
    private ArrayBufferWriter<byte> _writing = new();
    private bool _isIdle = true;
    private bool _isComplete;

    public SendQueue(int bytesMax) => _bytesMax = bytesMax;

    public EncoderSettings Settings { get; set; }

    /// <summary>Called when a write is done and there is room again. Never under the queue's lock.</summary>
    public Action? Drained { get; set; }

    /// <summary>Called after each write, for the keep alive.</summary>
    public Action? Written { get; set; }

    public bool HasRoom
    {
        get
        {
            lock (_lock) return _filling.WrittenCount < _bytesMax;
        }
    }

    /// <summary>False: the Server would not take a packet of this size.</summary>
    public bool Send(in PublishPacket packet)
    {
        lock (_lock)
        {
            var fits = MqttEncoder.Encode(_filling, packet, Settings);
            Wake();
            return fits;
        }
    }

    public void Send(in AckPacket packet)
    {
        lock (_lock)
        {
            MqttEncoder.Encode(_filling, packet, Settings);
            Wake();
        }
    }

    /// <summary>False: the Server would not take a packet of this size.</summary>
    public bool Send<TPacket>(TPacket packet, Func<IBufferWriter<byte>, TPacket, EncoderSettings, bool> encode)
    {
        lock (_lock)
        {
            var fits = encode(_filling, packet, Settings);
            Wake();
            return fits;
        }
    }

    /// <summary>What is in the queue is still written, then <see cref="RunAsync"/> ends.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            Wake();
        }
    }

    public async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.Reader.ReadAsync(cancellationToken);
            while (Swap() is { } full)
            {
                await stream.WriteAsync(full.WrittenMemory, cancellationToken);
                full.ResetWrittenCount();
                Written?.Invoke();
                Drained?.Invoke();
            }
            lock (_lock)
            {
                if (_isComplete && _filling.WrittenCount == 0) return;
            }
        }
    }

    private void Wake()
    {
        if (!_isIdle) return;
        _isIdle = false;
        _wake.Writer.TryWrite(true);
    }

    private ArrayBufferWriter<byte>? Swap()
    {
        lock (_lock)
        {
            if (_filling.WrittenCount == 0)
            {
                _isIdle = true;
                return null;
            }
            (_filling, _writing) = (_writing.Capacity > KeptBytesMax ? new ArrayBufferWriter<byte>() : _writing, _filling);
            return _writing;
        }
    }
}
