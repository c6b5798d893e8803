using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;

namespace StepCloud.Mqtt.Broker;

/// <summary>A server of MQTT 3.1.1 and 5.0. It speaks the protocol; who may do what, and what becomes of a message, its ports decide.</summary>
public sealed partial class MqttServer : IAsyncDisposable
{
    private readonly BrokerCore _core;
    private readonly MqttServerPorts _ports;
    private readonly ILogger _logger;
    private readonly List<TcpEntry> _entries = [];
    private readonly CancellationTokenSource _sweeping = new();
    private Task _sweeper = Task.CompletedTask;
    private bool _isDisposed;

    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public MqttServer(MqttServerOptions options, MqttServerPorts ports, TimeProvider? time = null, ILogger<MqttServer>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ports);
        options.Validate();
        _ports = ports;
        _logger = (ILogger?)logger ?? NullLogger.Instance;
        _core = new BrokerCore(options, ports, time ?? TimeProvider.System, _logger);
    }

    /// <summary>The accepted clients, without order.</summary>
    public IEnumerable<ConnectedClient> Clients => _core.Connections.Where(static c => c is { Client: not null, IsClosing: false }).Select(static c => c.Client!);

    /// <summary>Connections of every kind, those that are not accepted yet included.</summary>
    public int ConnectionCount => _core.ConnectionCount;

    /// <summary>Sessions in memory, connected or not.</summary>
    public int SessionCount => _core.Registry.Count;

    public int SubscriptionCount => _core.Subscriptions.Count;

    public int RetainedCount => _core.Retained.Count;

    /// <summary>For its own tests, in whose process there are others.</summary>
    internal MqttMetrics Metrics => _core.Metrics;

    /// <summary>Loads what is stored, and begins to look after deadlines. Before any connection.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _core.Retained.LoadAsync(cancellationToken);
        if (_ports.SessionStore is { } store) await _core.Registry.LoadAsync(store, cancellationToken);
        _sweeper = SweepAsync(_sweeping.Token);
    }

    /// <summary>Listens on a TCP port, from now until the server stops.</summary>
    /// <returns>The endpoint it listens on, with its port when 0 was asked for.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The endpoint cannot be had.</exception>
    public IPEndPoint Listen(TcpEntryOptions options)
    {
        var entry = new TcpEntry(options, _core, _logger);
        _entries.Add(entry);
        return entry.EndPoint;
    }

    /// <summary>Serves a client on a stream that is connected already. Completes when the connection has ended, and closes the stream.</summary>
    public Task AcceptAsync(Stream stream, EndPoint? remote = null, bool isEncrypted = false) => AcceptAsync(new StreamLink(stream, remote, isEncrypted));

    /// <summary>Serves a client on a WebSocket that was accepted with the subprotocol <c>mqtt</c>. Completes when the connection has ended.</summary>
    public Task AcceptAsync(WebSocket socket, EndPoint? remote = null, bool isEncrypted = false) => AcceptAsync(new WebSocketLink(socket, remote, isEncrypted));

    /// <summary>Publishes a message of the application's own to all who subscribe, and retains it if it says so.</summary>
    /// <returns>How many sessions took it. Completes when it is stored wherever it has to be.</returns>
    public async ValueTask<int> PublishAsync(MqttMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        CheckTopic(message);
        int taken = Route(message, out bool mustBeStored);
        if (mustBeStored) await _core.WhenStoredAsync();
        return taken;
    }

    /// <summary>Sends a message to one client, whether it has subscribed or not; it waits in the session while the client is away.</summary>
    public async ValueTask<SendOutcome> SendAsync(string clientIdentifier, MqttMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        CheckTopic(message);
        if (_core.Registry.Find(clientIdentifier) is not { } session) return SendOutcome.NoSession;
        var outcome = Deliver(session, message, out bool mustBeStored);
        if (mustBeStored) await _core.WhenStoredAsync();
        return outcome switch
        {
            DeliveryOutcome.Taken => SendOutcome.Taken,
            DeliveryOutcome.NotConnected => SendOutcome.NotConnected,
            DeliveryOutcome.QueueFull => SendOutcome.QueueFull,
            _ => SendOutcome.NoSession,
        };
    }

    /// <summary>Ends the connection of a client, at once: nothing it has sent is looked at any more. False: it has none.</summary>
    public bool Disconnect(string clientIdentifier, ReasonCode reasonCode, string? reasonString = null)
    {
        if (_core.Registry.FindConnection(clientIdentifier) is not { } connection) return false;
        connection.Close(new DisconnectCause(DisconnectedBy.Server, reasonCode, reasonString));
        return true;
    }

    /// <summary>Ends all connections of an identity, at once.</summary>
    /// <returns>How many there were.</returns>
    public int DisconnectIdentity(string identityKey, ReasonCode reasonCode, string? reasonString = null)
    {
        var connections = _core.Identities.Of(identityKey);
        foreach (var connection in connections) connection.Close(new DisconnectCause(DisconnectedBy.Server, reasonCode, reasonString));
        return connections.Count;
    }

    /// <summary>Ends the connections of the clients that are meant, at once.</summary>
    /// <returns>How many there were.</returns>
    public int Disconnect(Func<ConnectedClient, bool> isMeant, ReasonCode reasonCode, string? reasonString = null)
    {
        ArgumentNullException.ThrowIfNull(isMeant);
        int count = 0;
        foreach (var connection in _core.Connections)
        {
            if (connection is not { Client: { } client, IsClosing: false } || !isMeant(client)) continue;
            connection.Close(new DisconnectCause(DisconnectedBy.Server, reasonCode, reasonString));
            count++;
        }

        return count;
    }

    /// <summary>Ends all connections with Server shutting down, waits for the messages that are with the application, and stores what is to be stored.</summary>
    /// <param name="cancellationToken">Stops waiting: the application is told, and what it has not accepted is not acknowledged.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _core.IsClosed = true;
        foreach (var entry in _entries) entry.Dispose();
        var connections = _core.Connections.ToArray();
        foreach (var connection in connections) connection.Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ServerShuttingDown));
        await using (cancellationToken.UnsafeRegister(static core => ((BrokerCore)core!).Stop(), _core))
            await Task.WhenAll(connections.Select(static c => c.WhenOverAsync())).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WhenGoneAsync(cancellationToken);
        foreach (var connection in _core.Connections) connection.Link.Abort();
    }

    /// <summary>Gives the last DISCONNECTs time to arrive, and the Wills to be accepted, but no more than <see cref="MqttServerOptions.CloseTimeout"/>.</summary>
    private async Task WhenGoneAsync(CancellationToken cancellationToken)
    {
        long until = _core.Clock.Milliseconds + (long)_core.Options.CloseTimeout.TotalMilliseconds;
        while ((_core.ConnectionCount > 0 || _core.Wills.IsBusy) && _core.Clock.Milliseconds < until && !cancellationToken.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(10), _core.Clock.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await StopAsync();
        await _sweeping.CancelAsync();
        await _sweeper;
        _core.Stop();
        await _core.DisposeAsync();
        _sweeping.Dispose();
    }

    private async Task AcceptAsync(Link link)
    {
        if (!_core.TryEnter())
        {
            link.Abort();
            return;
        }

        try
        {
            await _core.ServeAsync(link);
        }
        finally
        {
            _core.Leave();
        }
    }

    private int Route(MqttMessage message, out bool mustBeStored)
    {
        using var routing = _core.Router.Begin();
        routing.Route(message, publisher: null);
        mustBeStored = routing.MustBeStored;
        return routing.TakenCount;
    }

    private DeliveryOutcome Deliver(Session session, MqttMessage message, out bool mustBeStored)
    {
        using var routing = _core.Router.Begin();
        var outcome = routing.Deliver(session, new OutgoingMessage(message) { Qos = message.Qos, Retain = message.Retain });
        mustBeStored = routing.MustBeStored;
        return outcome;
    }

    private static void CheckTopic(MqttMessage message)
    {
        if (!TopicName.IsValid(message.Topic)) throw new ArgumentException($"'{message.Topic}' is no Topic Name (MQTT 5.0 §4.7).", nameof(message));
    }

    /// <summary>One loop for all deadlines of all connections and sessions, instead of a timer for each.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_core.Options.SweepInterval, _core.Clock.Time);
        while (true)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(cancellationToken)) return;
                var now = _core.Clock.Milliseconds;
                var utcNow = _core.Clock.Time.GetUtcNow();
                foreach (var connection in _core.Connections) connection.Sweep(now, utcNow);
                _core.Registry.Sweep(now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception)
            {
                LogSweepFailed(exception);
            }
        }
    }

    [LoggerMessage(1040, LogLevel.Error, "Looking after deadlines failed; it goes on with the next round")]
    private partial void LogSweepFailed(Exception exception);
}

/// <summary>What became of a message to one client.</summary>
public enum SendOutcome : byte
{
    /// <summary>It is on its way, or waits for the client.</summary>
    Taken,

    /// <summary>The client is away, and messages of QoS 0 do not wait.</summary>
    NotConnected,

    /// <summary>As many messages as may be wait already.</summary>
    QueueFull,

    /// <summary>The client is away and has left no session.</summary>
    NoSession,
}
