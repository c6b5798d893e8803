using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using StepCloud.Api.Settings;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;

namespace StepCloud.Api.Mqtt;

/// <summary>The MQTT server of this process: listens as long as the host runs, and sends what the application has to say.</summary>
internal sealed partial class MqttEndpoint(
    IServiceProvider services,
    ServerOptions server,
    MqttTransportOptions transports,
    IOptions<MqttServerOptions> options,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ApiMetrics metrics,
    ILoggerFactory loggers)
    : BackgroundService
{
    /// <summary>Messages of our own that may wait to be routed. They are notices: what they tell is kept elsewhere too.</summary>
    private const int WaitingMax = 10_000;

    private readonly ILogger _logger = loggers.CreateLogger<MqttEndpoint>();

    private readonly Channel<MqttMessage> _outgoing = Channel.CreateBounded<MqttMessage>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly TaskCompletionSource<MqttServer> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MqttServer? _mqtt;
    private Task _stopping = Task.CompletedTask;

    /// <summary>Where it listens; known after the start.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Clients that are connected and accepted.</summary>
    public IEnumerable<ConnectedClient> Clients => _mqtt?.Clients ?? [];

    public int ClientCount => Clients.Count();

    public bool IsConnected(GatewayId gateway) => _mqtt?.IsConnected(GatewayIdentity.KeyOf(gateway)) == true;

    /// <summary>The server, once it has loaded what is stored and listens.</summary>
    public Task<MqttServer> WhenStartedAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(cancellationToken);

    /// <summary>Ends the connections of those clients at once, with Not authorized.</summary>
    /// <returns>How many there were.</returns>
    public int Disconnect(Func<ConnectedClient, bool> isMeant, string reason) => _mqtt?.Disconnect(isMeant, ReasonCode.NotAuthorized, reason) ?? 0;

    /// <summary>Never waits. A message that finds no room is left out, and the log says so.</summary>
    public void Publish(MqttMessage message)
    {
        if (_outgoing.Writer.TryWrite(message)) return;
        metrics.NoticeLeftOut("mqtt");
        LogLeftOut(_logger, message.Topic);
    }

    /// <summary>Publishes a message and waits until it is stored wherever it has to be.</summary>
    /// <returns>How many sessions took it; none before the start and after the stop.</returns>
    public async Task<int> SendAsync(MqttMessage message) => _mqtt is { } mqtt ? await mqtt.PublishAsync(message) : 0;

    /// <summary>Serves a client on a WebSocket with the subprotocol `mqtt`. Completes when the connection has ended.</summary>
    public Task AcceptAsync(WebSocket socket, EndPoint remote, bool isEncrypted) =>
        _mqtt?.AcceptAsync(socket, remote, isEncrypted) ?? Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Made here and not injected: what it calls calls it.
        MqttServerPorts ports = new()
        {
            Authenticator = services.GetRequiredService<IAuthenticator>(),
            Authorizer = services.GetRequiredService<IAuthorizer>(),
            PublishHandler = services.GetRequiredService<IPublishHandler>(),
            Observer = services.GetRequiredService<IConnectionObserver>(),
            SessionStore = services.GetRequiredService<ISessionStore>(),
            RetainedStore = services.GetRequiredService<IRetainedStore>(),
        };
        metrics.Watch("stepcloud.mqtt.outgoing.waiting", () => _outgoing.Reader.Count, "{message}", "Messages of the application's own that wait to be routed");
        _mqtt = new MqttServer(options.Value, ports, clock, loggers.CreateLogger<MqttServer>());
        await _mqtt.StartAsync(cancellationToken);
        EndPoint = _mqtt.Listen(new TcpEntryOptions
        {
            EndPoint = new IPEndPoint(server.ParsedAddress, server.MqttPort), ProxyProtocol = transports.ProxyProtocol,
        });
        if (transports.Tls is { } tls) ListenTls(_mqtt, tls);
        // The HTTP server stops before this and waits for its WebSockets: they must be told when stopping begins.
        lifetime.ApplicationStopping.Register(() => _stopping = _mqtt.StopAsync(CancellationToken.None));
        _started.TrySetResult(_mqtt);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // No new message first; those that are with the application are committed and acknowledged.
        if (_mqtt is not null) await _mqtt.StopAsync(cancellationToken);
        await _stopping;
        await base.StopAsync(cancellationToken);
        if (_mqtt is not null) await _mqtt.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (MqttMessage message in _outgoing.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await _mqtt!.PublishAsync(message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotSent(_logger, e, message.Topic);
            }
        }
    }

    private void ListenTls(MqttServer mqtt, MqttTlsOptions tls)
    {
        try
        {
            mqtt.Listen(new TcpEntryOptions
            {
                EndPoint = new IPEndPoint(server.ParsedAddress, tls.Port),
                Tls = new TlsCertificateFiles(tls.Certificate, tls.Key),
                ProxyProtocol = transports.ProxyProtocol,
            });
        }
        catch (SocketException e)
        {
            // Which of the ports it was, the exception itself does not say.
            throw new SettingException("Mqtt:Tls:Port", $"the server cannot listen on {server.Address}:{tls.Port}: {e.Message}.", e);
        }
    }

    [LoggerMessage(4104, LogLevel.Warning, "A message on {Topic} found no room among those that wait to be sent")]
    private static partial void LogLeftOut(ILogger logger, string topic);

    [LoggerMessage(4105, LogLevel.Warning, "A message on {Topic} could not be sent")]
    private static partial void LogNotSent(ILogger logger, Exception exception, string topic);
}
