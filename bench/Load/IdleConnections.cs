using System.Net;
using System.Net.Sockets;

namespace StepCloud.Bench.Load;

/// <summary>Clients that connect, are accepted, and then say nothing.</summary>
internal sealed class IdleConnections : IDisposable
{
    /// <summary>How many connect at once: fewer than the shortest queue of a listening socket.</summary>
    private const int GroupSize = 50;

    private readonly List<Socket> _sockets = [];

    public int Count => _sockets.Count;

    /// <exception cref="Frame.BenchException">The broker refused one.</exception>
    public void Open(IPEndPoint broker, int count, CancellationToken cancellationToken)
    {
        for (int opened = 0; opened < count; opened += GroupSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = _sockets.Count;
            int group = Math.Min(GroupSize, count - opened);
            for (int i = 0; i < group; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
                _sockets.Add(socket);
                socket.Connect(broker);
                socket.Send(Wire.Connect($"idle-{first + i:d6}"));
            }

            for (int i = 0; i < group; i++) Wire.ReadAnswer(_sockets[first + i], Wire.ConnAckBytes);
        }
    }

    public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());
}
