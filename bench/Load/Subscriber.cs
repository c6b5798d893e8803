using System.Buffers;
using System.Net;
using System.Net.Sockets;
using StepCloud.Bench.Frame;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Load;

/// <summary>One connection that subscribes to everything at QoS 0, and counts. All messages have the same length, so bytes are enough to count.</summary>
internal sealed class Subscriber : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
    private readonly int _messageBytes;
    private long _bytes;

    public Subscriber(IPEndPoint broker, PublishPlan plan)
    {
        var message = new ArrayBufferWriter<byte>();
        Wire.Publish(message, PublishPlan.Topic(0), new byte[plan.PayloadBytes], QualityOfService.AtMostOnce, 0);
        _messageBytes = message.WrittenCount;
        _socket.Connect(broker);
        Wire.Ask(_socket, Wire.Connect("bench-subscriber"), Wire.ConnAckBytes);
        Wire.Ask(_socket, Wire.Subscribe("#"), Wire.SubAckBytes);
        _socket.Blocking = false;
    }

    public int File => (int)_socket.Handle;

    public long Messages => Volatile.Read(ref _bytes) / _messageBytes;

    /// <exception cref="BenchException">The broker closed the connection.</exception>
    public void Turn(byte[] buffer)
    {
        int count = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (count > 0) Volatile.Write(ref _bytes, _bytes + count);
        else if (error != SocketError.WouldBlock) throw new BenchException($"The broker closed the subscriber's connection ({error}).");
    }

    public void Dispose() => _socket.Dispose();
}
