using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker;

namespace StepCloud.Mqtt.Transport;

/// <summary>Where and how to listen.</summary>
public sealed record TcpEntryOptions
{
    /// <summary>Port 0: any that is free.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Null: plain TCP.</summary>
    public TlsCertificateFiles? Tls { get; init; }

    /// <summary>
    /// Every connection begins with a PROXY protocol header of version 2, written by a balancer: one without it is closed. Only for ports that
    /// nobody but the balancer reaches, as the header names the client's address.
    /// </summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Connections that the kernel keeps until they are accepted: all gateways come back at once after an outage.</summary>
    public int Backlog { get; init; } = 4096;
}

/// <summary>Accepts TCP connections and makes links of them.</summary>
internal sealed partial class TcpEntry : IDisposable
{
    private static readonly TimeSpan s_acceptPause = TimeSpan.FromMilliseconds(100);

    private readonly TcpEntryOptions _options;
    private readonly BrokerCore _core;
    private readonly ILogger _logger;
    private readonly TlsCertificate? _certificate;
    private readonly Socket _socket;

    public TcpEntry(TcpEntryOptions options, BrokerCore core, ILogger logger)
    {
        _options = options;
        _core = core;
        _logger = logger;
        _certificate = options.Tls is { } files ? new TlsCertificate(files, core.Clock.Time, logger) : null;
        _socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (options.EndPoint.Address.Equals(IPAddress.IPv6Any)) _socket.DualMode = true;
        _socket.Bind(options.EndPoint);
        _socket.Listen(options.Backlog);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _ = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public void Dispose() => _socket.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync();
                if (_core.TryEnter()) _ = ServeAsync(socket);
                else socket.Dispose();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException exception)
            {
                // Such as no file descriptors left: those who are connected stay, and others get in when there are some again.
                LogAcceptFailed(exception.Message);
                await Task.Delay(s_acceptPause, _core.Clock.Time, CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        // What the first packets cost is not at the expense of those who wait to be accepted.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            socket.NoDelay = true;
            // Finds links that broke without a word where the client has asked for no Keep Alive: after 60 s + 4 times 15 s.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            var link = _certificate is null && !_options.ProxyProtocol ? new SocketLink(socket) : await PrepareAsync(socket);
            if (link is not null) await _core.ServeAsync(link);
        }
        catch (Exception exception) when (Link.IsNetworkFailure(exception))
        {
            LogHandshakeFailed(exception.Message);
        }
        finally
        {
            socket.Dispose();
            _core.Leave();
        }
    }

    /// <summary>What comes before the first MQTT packet, within the time a CONNECT has.</summary>
    private async Task<Link?> PrepareAsync(Socket socket)
    {
        using var timeout = new CancellationTokenSource(_core.Options.ConnectTimeout, _core.Clock.Time);
        var remote = socket.RemoteEndPoint;
        if (_options.ProxyProtocol)
        {
            var header = await ProxyProtocol.ReadAsync(socket, timeout.Token);
            if (!header.IsValid)
            {
                LogNoProxyHeader(remote);
                return null;
            }

            remote = header.Source ?? remote;
        }

        if (_certificate is null) return new SocketLink(socket, remote);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(_certificate.ServerOptions(), timeout.Token);
            return new StreamLink(stream, remote, isEncrypted: true);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(1050, LogLevel.Warning, "A connection could not be accepted: {Reason}")]
    private partial void LogAcceptFailed(string reason);

    [LoggerMessage(1051, LogLevel.Debug, "A connection failed before its first packet: {Reason}")]
    private partial void LogHandshakeFailed(string reason);

    [LoggerMessage(1052, LogLevel.Warning, "A connection from {Remote} did not begin with a PROXY protocol header of version 2")]
    private partial void LogNoProxyHeader(EndPoint? remote);
}
