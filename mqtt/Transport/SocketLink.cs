using System.Net;
using System.Net.Sockets;

namespace StepCloud.Mqtt.Transport;

/// <summary>Plain TCP.</summary>
internal sealed class SocketLink : Link
{
    private readonly Socket _socket;

    /// <param name="socket">Connected; the link owns it from here.</param>
    /// <param name="remote">Who the peer is, when a balancer has said so (PROXY protocol); null: the socket's own word.</param>
    public SocketLink(Socket socket, EndPoint? remote = null)
    {
        _socket = socket;
        RemoteEndPoint = remote ?? socket.RemoteEndPoint;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => _socket.ReceiveAsync(buffer, SocketFlags.None);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var sending = _socket.SendAsync(bytes, SocketFlags.None);
        if (!sending.IsCompletedSuccessfully) return FinishAsync(sending, bytes);
        int sent = sending.Result;
        return sent == bytes.Length ? default : FinishAsync(new ValueTask<int>(sent), bytes);
    }

    public override ValueTask ShutdownAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    public override void Abort() => _socket.Dispose();

    private async ValueTask FinishAsync(ValueTask<int> sending, ReadOnlyMemory<byte> bytes)
    {
        bytes = bytes[await sending..];
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
    }
}
