using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace StepCloud.Mqtt.Client;

/// <summary>The ways to a Server.</summary>
public static class MqttTransport
{
    public static Func<CancellationToken, ValueTask<Stream>> Tcp(string host, int port = 1883) =>
        async cancellationToken => await ConnectAsync(host, port, cancellationToken);

    /// <param name="host">Also the name that the certificate must bear, unless <paramref name="options"/> say another.</param>
    /// <param name="port">8883 is the registered one.</param>
    /// <param name="options">Trust, client certificates, versions; with its TargetHost set.</param>
    public static Func<CancellationToken, ValueTask<Stream>> Tls(string host, int port = 8883, SslClientAuthenticationOptions? options = null) =>
        async cancellationToken =>
        {
            var tls = new SslStream(await ConnectAsync(host, port, cancellationToken));
            try
            {
                await tls.AuthenticateAsClientAsync(options ?? new SslClientAuthenticationOptions { TargetHost = host }, cancellationToken);
                return tls;
            }
            catch
            {
                await tls.DisposeAsync();
                throw;
            }
        };

    /// <summary>MQTT 5.0 §6: binary frames of the subprotocol <c>mqtt</c>.</summary>
    /// <param name="uri">Of scheme ws or wss.</param>
    /// <param name="configure">Headers, proxies, certificates.</param>
    public static Func<CancellationToken, ValueTask<Stream>> WebSocket(Uri uri, Action<ClientWebSocketOptions>? configure = null) =>
        async cancellationToken =>
        {
            var socket = new ClientWebSocket();
            try
            {
                // The keep alive is MQTT's own.
                socket.Options.KeepAliveInterval = TimeSpan.Zero;
                socket.Options.AddSubProtocol("mqtt");
                configure?.Invoke(socket.Options);
                await socket.ConnectAsync(uri, cancellationToken);
                return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };

    private static async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        // Small packets go out at once: what can be sent together, the client has already put together.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
