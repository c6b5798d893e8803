using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Protocol;

/// <summary>A server process with its own database, a TLS port, and paired gateways; each test takes one that nobody else uses.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private const int GatewayCount = 16;

    private readonly TemporaryFolder _folder = new();
    private readonly Queue<PairedGateway> _gateways = new();
    private readonly HttpClient _http = new();
    private Installation? _installation;
    private BuiltProgram? _server;

    public int TlsPort { get; } = Installation.FreePort();

    public int MqttPort => _installation!.MqttPort;

    public string HttpAddress => _installation!.HttpAddress;

    public Uri WebSocketAddress => new UriBuilder(HttpAddress) { Scheme = "ws", Path = "/mqtt" }.Uri;

    public TestDatabase Database => _installation!.Database;

    internal CertificateFiles Certificate => new(_folder.Path);

    internal HttpClient Http => _http;

    public async Task InitializeAsync()
    {
        Certificate.Renew();
        _installation = await Installation.CreateAsync();
        _server = BuiltProgram.StartServer(
            ["serve", "--http-port", $"{_installation.HttpPort}", "--mqtt-port", $"{MqttPort}", "--data", _folder.Path],
            ("STEPCLOUD_DATABASE", Database.ConnectionString),
            ("Mqtt__Tls__Port", $"{TlsPort}"),
            ("Mqtt__Tls__Certificate", Certificate.CertificatePath),
            ("Mqtt__Tls__Key", Certificate.KeyPath));
        await _server.LineAsync("HTTP on");
        foreach (PairedGateway gateway in await PairedGateway.EnrollAsync(_installation, GatewayCount)) _gateways.Enqueue(gateway);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_installation is not null) await _installation.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    internal PairedGateway TakeGateway()
    {
        lock (_gateways) return _gateways.Dequeue();
    }

    /// <summary>A gateway with an access token and a device that is announced.</summary>
    internal Task<ReadyGateway> TakeReadyGatewayAsync() => ReadyGateway.OfAsync(TakeGateway(), _http, HttpAddress);

    /// <summary>A command that waits for the gateway, as if a user had sent it before the gateway connects.</summary>
    internal async Task<Guid> AddCommandAsync(Guid gateway)
    {
        Guid command = Guid.CreateVersion7();
        await Database.ExecuteAsync(
            """
            INSERT INTO gateway_command (id, organization_id, gateway_id, name, arguments, created_by, created_at, deadline)
            SELECT $1, organization_id, id, 'identify', '{}', (SELECT id FROM app_user WHERE organization_id = gateway.organization_id LIMIT 1),
                   now(), now() + interval '1 hour'
            FROM gateway WHERE id = $2
            """,
            command, gateway);
        return command;
    }

    /// <summary>The labels of a gateway's stored steps, in the order of their commits.</summary>
    internal Task<string[]> StoredLabelsAsync(Guid gateway) =>
        Database.ScalarAsync<string[]>("SELECT coalesce(array_agg(label ORDER BY position), '{}') FROM step_event WHERE gateway_id = $1", gateway);
}

[CollectionDefinition(Name)]
public sealed class RunningServerCollection : ICollectionFixture<RunningServer>
{
    public const string Name = "A running server";
}
