using System.Collections.Concurrent;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;
using IPAddress = System.Net.IPAddress;
using IPEndPoint = System.Net.IPEndPoint;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>A server on a free loopback port, whose application a test can script.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<RawClient> _clients = new();

    private TestServer(MqttServer server, TestApplication application, IPEndPoint endPoint)
    {
        Server = server;
        Application = application;
        EndPoint = endPoint;
    }

    public MqttServer Server { get; }

    public TestApplication Application { get; }

    public IPEndPoint EndPoint { get; }

    public static async Task<TestServer> StartAsync(
        Action<MqttServerOptions>? configure = null, TestApplication? application = null, TcpEntryOptions? entry = null,
        ISessionStore? sessions = null, IRetainedStore? retained = null, TimeProvider? clock = null)
    {
        var options = new MqttServerOptions { SweepInterval = TimeSpan.FromMilliseconds(20), CloseTimeout = TimeSpan.FromMilliseconds(500) };
        configure?.Invoke(options);
        application ??= new TestApplication();
        var server = new MqttServer(options, application.ToPorts() with { Observer = application, SessionStore = sessions, RetainedStore = retained }, clock);
        await server.StartAsync();
        var endPoint = server.Listen(entry ?? new TcpEntryOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        return new TestServer(server, application, endPoint);
    }

    public async Task<RawClient> OpenAsync(MqttVersion version = MqttVersion.V500)
    {
        var client = await RawClient.OpenAsync(EndPoint, version);
        _clients.Enqueue(client); // one that nobody refers to any more would be closed by the garbage collector
        return client;
    }

    /// <summary>A client that is connected, with a clean start unless told otherwise.</summary>
    public async Task<RawClient> ConnectAsync(string id, MqttVersion version = MqttVersion.V500, bool clean = true, uint expiry = 0, ConnectPacket? with = null)
    {
        var (client, answer) = await ConnectWithAnswerAsync(id, version, clean, expiry, with);
        answer.ReasonCode.ShouldBe(ReasonCode.Success);
        return client;
    }

    public async Task<(RawClient Client, ConnAckPacket Answer)> ConnectWithAnswerAsync(
        string id, MqttVersion version = MqttVersion.V500, bool clean = true, uint expiry = 0, ConnectPacket? with = null)
    {
        var client = await OpenAsync(version);
        with ??= new ConnectPacket();
        var answer = await client.ConnectAsync(new ConnectPacket
        {
            Version = version,
            ClientIdentifier = id,
            CleanStart = clean,
            SessionExpiryInterval = expiry,
            KeepAlive = with.KeepAlive,
            ReceiveMaximum = with.ReceiveMaximum,
            MaximumPacketSize = with.MaximumPacketSize,
            TopicAliasMaximum = with.TopicAliasMaximum,
            RequestProblemInformation = with.RequestProblemInformation,
            UserName = with.UserName,
            Password = with.Password,
            Will = with.Will,
            AuthenticationMethod = with.AuthenticationMethod,
            AuthenticationData = with.AuthenticationData,
        });
        return (client, answer);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>Lets everything pass but what a test has scripted, and remembers what it saw.</summary>
internal class TestApplication : OpenAccess, IConnectionObserver
{
    public Func<AuthenticationRequest, AuthenticationOutcome>? OnAuthenticate { get; set; }
    public Func<string, Authorization>? OnPublish { get; set; }
    public Func<TopicFilter, Authorization>? OnSubscribe { get; set; }
    public Func<PublishBatch, Task>? OnAccept { get; set; }

    public ConcurrentQueue<SeenMessage> Seen { get; } = new();
    public ConcurrentQueue<int> BatchSizes { get; } = new();
    public ConcurrentQueue<(string Client, bool SessionPresent)> ConnectedClients { get; } = new();
    public ConcurrentQueue<(string Client, DisconnectCause Cause)> DisconnectedClients { get; } = new();
    public ConcurrentQueue<(string Client, string Topic, DropReason Reason)> DroppedMessages { get; } = new();

    public ConcurrentQueue<(string Client, string Filter)> SubscribedFilters { get; } = new();
    public ConcurrentQueue<(string Client, string Topic, ReasonCode ReasonCode)> DeliveredMessages { get; } = new();

    public override ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
        OnAuthenticate is { } decide ? new(decide(request)) : base.AuthenticateAsync(request, cancellationToken);

    public override Authorization AuthorizePublish(ConnectedClient client, string topic, QualityOfService qos, bool retain) =>
        OnPublish?.Invoke(topic) ?? Authorization.Allowed;

    public override ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken) =>
        new(OnSubscribe?.Invoke(filter) ?? Authorization.Allowed);

    public override async ValueTask AcceptAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        BatchSizes.Enqueue(batch.Count);
        foreach (var message in batch)
        {
            Seen.Enqueue(new SeenMessage(batch.Client.ClientIdentifier, message.Topic, System.Text.Encoding.UTF8.GetString(message.Payload.Span),
                message.Qos, message.IsRefused, batch.IsWill));
        }

        if (OnAccept is { } accept) await accept(batch);
    }

    public void Connected(ConnectedClient client, bool sessionPresent) => ConnectedClients.Enqueue((client.ClientIdentifier, sessionPresent));

    public void Disconnected(ConnectedClient client, DisconnectCause cause) => DisconnectedClients.Enqueue((client.ClientIdentifier, cause));

    public void Subscribed(ConnectedClient client, TopicFilter filter) => SubscribedFilters.Enqueue((client.ClientIdentifier, filter.Text));

    public void Delivered(string clientIdentifier, MqttMessage message, ReasonCode reasonCode) =>
        DeliveredMessages.Enqueue((clientIdentifier, message.Topic, reasonCode));

    public void Dropped(string clientIdentifier, MqttMessage message, DropReason reason) => DroppedMessages.Enqueue((clientIdentifier, message.Topic, reason));
}

internal sealed record SeenMessage(string Client, string Topic, string Payload, QualityOfService Qos, bool IsRefused, bool IsWill);

internal sealed record TestIdentity(string Key) : IMqttIdentity;

internal static class Eventually
{
    /// <summary>Waits for what another thread is about to do.</summary>
    public static async Task BeAsync(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            DateTime.UtcNow.ShouldBeLessThan(end, what);
            await Task.Delay(5);
        }
    }
}
