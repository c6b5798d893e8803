using System.Buffers;
using System.Net;
using System.Net.Sockets;
using StepCloud.Bench.Frame;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Load;

/// <summary>
/// One connection that publishes as fast as it is answered. Its messages are two blocks of bytes, sent in turn; each is sent again as soon as all of its
/// answers have come, so that between one and two blocks are in flight.
/// </summary>
/// <remarks>
/// The answers are known to the byte, because acknowledgements come in the order of the messages [MQTT-4.6.0-2], so reading them is one comparison. At QoS 0,
/// which has no answers, a block ends with a PINGREQ: its PINGRESP says that the broker has read everything before it.
/// </remarks>
internal sealed class Publisher : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _blocks;
    private readonly byte[] _answers;
    private readonly int _index;
    private readonly Traffic _traffic;
    private readonly int _payloadBytes;
    private readonly int _messagesPerBlock;
    private readonly int _writeBytesMax;
    private readonly long _bytesMax;
    private long _sentBytes;
    private long _answeredBytes;

    public Publisher(IPEndPoint broker, PublishPlan plan, int index)
    {
        var (blocks, answers) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        (_index, _traffic, _payloadBytes) = (index, plan.Traffic, plan.PayloadBytes);
        string topic = _traffic.Topic(index);
        _messagesPerBlock = plan.MessagesPerBlock;
        for (int i = 1; i <= 2 * _messagesPerBlock; i++)
        {
            Wire.Publish(blocks, topic, _traffic.NewPayload(index), plan.Qos, i);
            if (plan.Qos == QualityOfService.AtLeastOnce)
            {
                Wire.PubAck(answers, i);
            }
            else if (i % _messagesPerBlock == 0)
            {
                MqttEncoder.EncodePingReq(blocks);
                MqttEncoder.EncodePingResp(answers);
            }
        }

        _blocks = blocks.WrittenSpan.ToArray();
        _answers = answers.WrittenSpan.ToArray();
        // The packets of QoS 1 have all the same length.
        _writeBytesMax = plan.WritesPacketByPacket ? _blocks.Length / (2 * _messagesPerBlock) : _blocks.Length;
        _bytesMax = plan.MessagesEach is { } messages ? messages / _messagesPerBlock * (_blocks.Length / 2L) : long.MaxValue;
        _socket = Wire.Open(broker, _traffic.Connect(index));
    }

    public int File => (int)_socket.Handle;

    /// <summary>What to wait for: answers always, room in the socket only while something is to be sent.</summary>
    public short Wanted => _sentBytes < AllowedBytes ? (short)(Poll.Readable | Poll.Writable) : Poll.Readable;

    /// <summary>Whether all that it has to send is answered.</summary>
    public bool IsDone => AnsweredBlocks * (_blocks.Length / 2L) >= _bytesMax;

    private long AnsweredBlocks => _answeredBytes * 2 / _answers.Length;

    private long AllowedBytes => Math.Min((AnsweredBlocks + 2) * _blocks.Length / 2, _bytesMax);

    /// <summary>Reads what has come, and sends what may be sent.</summary>
    /// <returns>How many messages were answered; those of a block count when all of it is.</returns>
    /// <exception cref="BenchException">The broker answered something else, or closed the connection.</exception>
    public int Turn(byte[] buffer)
    {
        long before = AnsweredBlocks;
        int count = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (count > 0) Check(buffer.AsSpan(0, count));
        else if (error != SocketError.WouldBlock) throw new BenchException($"The broker closed a publisher's connection ({error}).");
        Send();
        return (int)(AnsweredBlocks - before) * _messagesPerBlock;
    }

    public void Dispose() => _socket.Dispose();

    private void Check(ReadOnlySpan<byte> received)
    {
        while (!received.IsEmpty)
        {
            var expected = _answers.AsSpan((int)(_answeredBytes % _answers.Length));
            int length = Math.Min(expected.Length, received.Length);
            if (!received[..length].SequenceEqual(expected[..length])) throw new BenchException("The broker answered something else than the acknowledgements in their order.");
            _answeredBytes += length;
            received = received[length..];
        }
    }

    private void Send()
    {
        while (_sentBytes < AllowedBytes)
        {
            int start = (int)(_sentBytes % _blocks.Length), block = _blocks.Length / 2;
            if (_traffic.IsRenewed && start % block == 0) Renew(_blocks.AsSpan(start, block));
            int length = (int)Math.Min(Math.Min(_blocks.Length - start, AllowedBytes - _sentBytes), _writeBytesMax);
            if (_traffic.IsRenewed) length = Math.Min(length, block - (start % block));
            int sent = _socket.Send(_blocks.AsSpan(start, length), SocketFlags.None, out var error);
            if (sent <= 0 && error == SocketError.WouldBlock) return;
            if (error != SocketError.Success) throw new BenchException($"The broker closed a publisher's connection ({error}).");
            _sentBytes += sent;
        }
    }

    /// <summary>Every message of the block becomes another one. Of QoS 1, where a block is packets of one length and nothing else; the payload is a packet's end.</summary>
    private void Renew(Span<byte> block)
    {
        int packet = block.Length / _messagesPerBlock;
        for (int end = packet; end <= block.Length; end += packet) _traffic.Renew(_index, block[(end - _payloadBytes)..end]);
    }
}
