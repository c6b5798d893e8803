using System.Net;
using System.Net.Sockets;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>An MQTT broker in a process of its own, on a free port of the loopback interface, open to everybody.</summary>
internal abstract class Broker(ServerProcess process, IPEndPoint endPoint) : IAsyncDisposable
{
    public ServerProcess Process => process;

    public IPEndPoint EndPoint => endPoint;

    /// <summary>Managed memory in use after a full collection; null where there is no such thing.</summary>
    public virtual Task<long?> ManagedBytesAsync(CancellationToken cancellationToken) => Task.FromResult<long?>(null);

    public virtual ValueTask DisposeAsync() => process.DisposeAsync();

    /// <exception cref="BenchException">Nobody listened within ten seconds.</exception>
    protected static async Task WhenListeningAsync(ServerProcess process, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        for (int i = 0; i < 200; i++)
        {
            process.ThrowIfEnded();
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(endPoint, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }

        throw process.Failure($"does not listen on {endPoint}");
    }
}
