using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>The bytes of one client that are read and not yet decoded.</summary>
/// <remarks>
/// It holds memory only while a packet is incomplete. A buffer grows with what has arrived, never with what was announced,
/// so a client pays with its own bytes for ours. Memory that messages with the application lie in is not written again.
/// </remarks>
internal sealed class PacketSource
{
    /// <summary>Holds twenty to sixty messages of a device, which then go to the application as one batch.</summary>
    private const int BufferBytes = 16 * 1024;

    /// <summary>With less than this free, a read would rather begin a new buffer.</summary>
    private const int FreeBytesMin = 2 * 1024;

    private ReceiveBuffer? _buffer;
    private int _start;
    private int _end;
    private int _expected;

    /// <summary>Where the packet decoded last lies.</summary>
    public ReceiveBuffer Current => _buffer!;

    /// <summary>Whether the last read filled all that was free: then more is surely waiting.</summary>
    public bool WasFilled { get; private set; }

    /// <summary>Whether the packet to be decoded next is a PUBLISH, as far as its first byte says.</summary>
    public bool NextIsPublish => _start < _end && _buffer!.Bytes[_start] >> 4 == (int)ControlPacketType.Publish;

    /// <summary>Room for the next read.</summary>
    public Memory<byte> GetFree()
    {
        if (_buffer is null)
        {
            _buffer = new ReceiveBuffer(BufferBytes);
            _start = _end = 0;
        }
        else if (_start == _end && _buffer.IsSole)
        {
            _start = _end = 0;
        }

        int pending = _end - _start;
        int room = _buffer.Bytes.Length - _start;
        if (_buffer.Bytes.Length - _end < FreeBytesMin && (_expected > room || _end == _buffer.Bytes.Length || pending == 0))
            MoveTo(Math.Max(BufferBytes, Math.Min(_expected, pending * 2)));
        return _buffer.Bytes.AsMemory(_end);
    }

    public void Received(int count)
    {
        _end += count;
        WasFilled = _end == _buffer!.Bytes.Length;
    }

    public DecodeResult Decode(in DecoderSettings settings, out MqttPacket packet)
    {
        if (_start == _end)
        {
            packet = default;
            _expected = 0;
            return new DecodeResult(DecodeStatus.NeedMore, 0);
        }

        var result = MqttDecoder.Decode(_buffer!.Bytes.AsMemory(_start, _end - _start), settings, out packet);
        _start += result.Status == DecodeStatus.Decoded ? result.Length : 0;
        _expected = result.Status == DecodeStatus.NeedMore ? result.Length : 0;
        return result;
    }

    /// <summary>A wait for the client begins: keeps no more than the beginning of a packet needs.</summary>
    public void Shrink()
    {
        if (_buffer is null) return;
        if (_start == _end) Discard();
        else if (_end - _start < _buffer.Bytes.Length / 4) MoveTo((_end - _start) * 2);
    }

    /// <summary>Forgets everything that was read.</summary>
    public void Discard()
    {
        _buffer?.Release();
        _buffer = null;
        _start = _end = _expected = 0;
        WasFilled = false;
    }

    private void MoveTo(int bytesMin)
    {
        var next = new ReceiveBuffer(bytesMin);
        _buffer!.Bytes.AsSpan(_start, _end - _start).CopyTo(next.Bytes);
        _buffer.Release();
        _buffer = next;
        _end -= _start;
        _start = 0;
    }
}
