using System.Net;

namespace StepCloud.Mqtt.Transport;

/// <summary>A two-way stream of bytes to one peer: what a connection of the server needs of TCP, TLS or a WebSocket, and no more.</summary>
/// <remarks>
/// One read and one write may be under way at a time, each. A failure of the network shows as an exception of
/// <see cref="IsNetworkFailure"/>, from either.
/// </remarks>
internal abstract class Link
{
    /// <summary>Null when the transport does not say.</summary>
    public EndPoint? RemoteEndPoint { get; protected init; }

    /// <summary>Whether the bytes are encrypted on the wire, as far as this process can tell.</summary>
    public bool IsEncrypted { get; protected init; }

    /// <summary>
    /// Reads what is there, at least one byte; 0 means that the peer has ended its side. With an empty buffer it returns 0 as
    /// soon as a read would not wait: thousands of quiet connections then hold no buffer at all.
    /// </summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Completes when all of it is handed to the transport; waits while the peer does not take it.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends this side after what was written, so that the peer can still read it; the peer's side stays readable.</summary>
    public abstract ValueTask ShutdownAsync();

    /// <summary>Ends both sides at once and frees the transport; what waits in a read or write fails. May be called from any thread, and more than once.</summary>
    public abstract void Abort();

    /// <summary>Whether the exception says that the peer or the network went away, which is no fault of this process.</summary>
    public static bool IsNetworkFailure(Exception exception) => exception
        is IOException or System.Net.Sockets.SocketException or ObjectDisposedException
        or OperationCanceledException or System.Net.WebSockets.WebSocketException
        or System.Security.Authentication.AuthenticationException or InvalidOperationException { Source: "System.Net.WebSockets" };
}
