using System.Buffers;
using System.Net;
using System.Net.Sockets;
using StepCloud.Bench.Frame;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Load;

/// <summary>One connection that publishes when it is told to, whatever it has been answered: what the socket does not take waits here.</summary>
internal sealed class OpenPublisher : IDisposable
{
    /// <summary>Packet Identifiers that there are; one more message under way has none.</summary>
    private const int InFlightMax = 65_535;

    private const int AckBytes = 4;

    private readonly Socket _socket;
    private readonly Traffic _traffic;
    private readonly int _index;
    private readonly byte[] _packet;
    private readonly int _payloadBytes;
    private readonly long[] _due = new long[InFlightMax];
    private readonly byte[] _ack = new byte[AckBytes];
    private byte[] _waiting = new byte[4096];
    private int _waitingFrom;
    private int _waitingTo;
    private int _ackBytes;
    private long _published;
    private long _answered;

    public OpenPublisher(IPEndPoint broker, Traffic traffic, int payloadBytes, int index)
    {
        (_traffic, _payloadBytes, _index) = (traffic, payloadBytes, index);
        var packet = new ArrayBufferWriter<byte>();
        Wire.Publish(packet, traffic.Topic(index), traffic.NewPayload(index), QualityOfService.AtLeastOnce, 1);
        _packet = packet.WrittenSpan.ToArray();
        _socket = Wire.Open(broker, traffic.Connect(index));
    }

    public int File => (int)_socket.Handle;

    public bool IsAnswered => _answered == _published;

    public long Answered => _answered;

    public short Wanted => _waitingTo > _waitingFrom ? (short)(Poll.Readable | Poll.Writable) : Poll.Readable;

    /// <summary>Another message, to be sent by the next <see cref="Send"/>.</summary>
    /// <param name="due">When it should have been sent, by the clock of whoever asks.</param>
    /// <exception cref="BenchException">All Packet Identifiers are under way.</exception>
    public void Publish(long due)
    {
        if (_published - _answered >= InFlightMax) throw new BenchException($"The server is {InFlightMax} messages of one gateway behind: this rate is too much for it.");
        _due[_published % InFlightMax] = due;
        int identifier = (int)(_published % InFlightMax) + 1, at = _packet.Length - _payloadBytes - 2;
        (_packet[at], _packet[at + 1]) = ((byte)(identifier >> 8), (byte)identifier);
        _traffic.Renew(_index, _packet.AsSpan(_packet.Length - _payloadBytes));
        if (_waitingTo + _packet.Length > _waiting.Length) MakeRoom();
        _packet.CopyTo(_waiting, _waitingTo);
        _waitingTo += _packet.Length;
        _published++;
    }

    /// <exception cref="BenchException">The connection is gone.</exception>
    public void Send()
    {
        while (_waitingTo > _waitingFrom)
        {
            int sent = _socket.Send(_waiting.AsSpan(_waitingFrom, _waitingTo - _waitingFrom), SocketFlags.None, out var error);
            if (sent <= 0 && error == SocketError.WouldBlock) return;
            if (error != SocketError.Success) throw new BenchException($"The server closed a publisher's connection ({error}).");
            _waitingFrom += sent;
        }

        (_waitingFrom, _waitingTo) = (0, 0);
    }

    /// <summary>Reads acknowledgements, which come in the order of the messages [MQTT-4.6.0-2].</summary>
    /// <param name="answered">Given when each should have been sent.</param>
    /// <exception cref="BenchException">The server answered something else, or closed the connection.</exception>
    public void Receive(byte[] buffer, Action<long> answered)
    {
        int count = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (count <= 0)
        {
            if (error == SocketError.WouldBlock) return;
            throw new BenchException($"The server closed a publisher's connection ({error}).");
        }

        foreach (byte one in buffer.AsSpan(0, count))
        {
            _ack[_ackBytes++] = one;
            if (_ackBytes < AckBytes) continue;
            _ackBytes = 0;
            int identifier = (int)(_answered % InFlightMax) + 1;
            if (_ack[0] != 0x40 || _ack[1] != 2 || ((_ack[2] << 8) | _ack[3]) != identifier)
                throw new BenchException("The server answered something else than the acknowledgements in their order.");
            answered(_due[_answered % InFlightMax]);
            _answered++;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        int length = _waitingTo - _waitingFrom;
        byte[] room = length + _packet.Length <= _waiting.Length / 2 ? _waiting : new byte[Math.Max(_waiting.Length, _packet.Length) * 2];
        Array.Copy(_waiting, _waitingFrom, room, 0, length);
        (_waiting, _waitingFrom, _waitingTo) = (room, 0, length);
    }
}
