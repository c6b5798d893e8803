using System.Net.Security;
using System.Net.Sockets;

namespace StepCloud.Mqtt.Client;

/// <summary>The ways to a Server.</summary>
public static class MqttTransport
{
    public static Func<CancellationToken, ValueTask<Stream>> Tcp(string host, int port = 1883) =>
        async cancellationToken => await ConnectAsync(host, port, cancellationToken);

    /// <param name="host">Also the name that the certificate must bear, if <paramref name="options"/> give no TargetHost.</param>
    /// <param name="port">8883 is the registered one.</param>
    /// <param name="options">Trust, client certificates, versions.</param>
    public static Func<CancellationToken, ValueTask<Stream>> Tls(string host, int port = 8883, SslClientAuthenticationOptions? options = null) =>
        async cancellationToken =>
        {
            var tls = new SslStream(await ConnectAsync(host, port, cancellationToken));
            try
            {
                options ??= new SslClientAuthenticationOptions();
                options.TargetHost ??= host;
                await tls.AuthenticateAsClientAsync(options, cancellationToken);
                return tls;
            }
            catch
            {
                await tls.DisposeAsync();
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
