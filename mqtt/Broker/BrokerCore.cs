using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker.Connections;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;

namespace StepCloud.Mqtt.Broker;

/// <summary>The parts of one server, as its connections see them.</summary>
internal sealed class BrokerCore : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, ClientConnection> _connections = new();
    private int _count;
    private long _lastId;
    private volatile bool _isClosed;

    public BrokerCore(MqttServerOptions options, MqttServerPorts ports, TimeProvider time, ILogger logger)
    {
        Options = options;
        Authenticator = ports.Authenticator;
        Authorizer = ports.Authorizer;
        Handler = ports.PublishHandler;
        Observer = ports.Observer;
        Logger = logger;
        Clock = new MonotonicClock(time);
        Metrics = new MqttMetrics(this);
        Stopping = _stopping.Token;
        Authentications = new SemaphoreSlim(options.AuthenticationsAtOnceMax);
        SessionServices = new SessionServices(time, ports.Observer, Metrics);
        SessionJournal = ports.SessionStore is { } store ? new SessionJournal(store, session => Registry!.Lose(session), SessionServices, time, logger) : null;
        Retained = new RetainedMessages(ports.RetainedStore, options.RetainedMessagesMax, time, logger);
        Router = new Router(Subscriptions, Retained, SessionServices);
        Wills = new WillPublisher(Handler, Router, time, logger, Stopping);
        Registry = new SessionRegistry(this);
    }

    public MqttServerOptions Options { get; }
    public IAuthenticator Authenticator { get; }
    public IAuthorizer Authorizer { get; }
    public IPublishHandler Handler { get; }
    public IConnectionObserver? Observer { get; }
    public ILogger Logger { get; }
    public MonotonicClock Clock { get; }
    public MqttMetrics Metrics { get; }
    public SemaphoreSlim Authentications { get; }
    public SubscriptionTree Subscriptions { get; } = new();
    public IdentityConnections Identities { get; } = new();
    public RetainedMessages Retained { get; }
    public SessionServices SessionServices { get; }
    public SessionJournal? SessionJournal { get; }
    public SessionRegistry Registry { get; }
    public Router Router { get; }
    public WillPublisher Wills { get; }

    /// <summary>Cancelled when nothing is waited for any more.</summary>
    public CancellationToken Stopping { get; }

    public IEnumerable<ClientConnection> Connections => _connections.Select(static pair => pair.Value);

    /// <summary>Whether connections are no longer served.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <summary>Accepted or not yet; without taking a lock.</summary>
    public int ConnectionCount => Volatile.Read(ref _count);

    public SessionLimits LimitsOf(ClientLimits? own) => SessionLimits.Of(Options, own);

    /// <summary>Counts one more connection, from its accepted socket on; false when there are as many as there may be.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Options.ConnectionsMax) return true;
        Interlocked.Decrement(ref _count);
        Metrics.ConnectionRefused(ReasonCode.QuotaExceeded);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Serves a connection that has entered, to its end. Never faults.</summary>
    public async Task ServeAsync(Link link)
    {
        var connection = new ClientConnection(this, link, Interlocked.Increment(ref _lastId));
        _connections.TryAdd(connection.Id, connection);
        // One that begins while the server stops would not be seen by it.
        if (IsClosed) connection.Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ServerShuttingDown));
        await connection.RunAsync();
    }

    public void Forget(ClientConnection connection) => _connections.TryRemove(connection.Id, out _);

    /// <summary>Everything that happened until now is with the stores.</summary>
    public async ValueTask WhenStoredAsync()
    {
        if (SessionJournal is not null) await SessionJournal.WhenStoredAsync();
        await Retained.WhenStoredAsync();
    }

    public void Stop() => _stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        Metrics.Dispose();
        if (SessionJournal is not null) await SessionJournal.DisposeAsync();
        await Retained.DisposeAsync();
        Subscriptions.Dispose();
        Wills.Dispose();
        Authentications.Dispose();
        _stopping.Dispose();
    }
}
