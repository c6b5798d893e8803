using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Api.Passwords;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.System.Processes;

/// <summary>An organization with a site and an owner on a database of its own, a server that can be killed, and a folder for gateways.</summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string Email = "owner@test.example";
    private const string Password = "a test's own password";

    private TestDatabase _database;
    private readonly TemporaryFolder _folder = new();
    private BuiltProgram? _server;

    private Installation(TestDatabase database, int httpPort, int mqttPort)
    {
        _database = database;
        HttpPort = httpPort;
        MqttPort = mqttPort;
    }

    public int HttpPort { get; }

    public int MqttPort { get; }

    public TestDatabase Database => _database;

    public string GatewayData => Path.Combine(_folder.Path, "gateways");

    public string HttpAddress => $"http://127.0.0.1:{HttpPort}";

    public static async Task<Installation> CreateAsync() => await CreateAsync(await TestPostgres.CreateDatabaseAsync());

    /// <param name="database">With this program's schema, and empty.</param>
    public static async Task<Installation> CreateAsync(TestDatabase database)
    {
        using PasswordHasher passwords = new(Options.Create(new PasswordOptions { MemoryMiB = 19, Passes = 2 }));
        NewOrganization organization = new(OrganizationId.New(TimeProvider.System), "Test", SiteId.New(TimeProvider.System), "Workshop");
        string hash = await passwords.HashAsync(Password, CancellationToken.None);
        NewUser owner = new(UserId.New(TimeProvider.System), organization.Id, Email, "Owner", hash, [Roles.Owner]);
        InstallationStore store = new(new StepCloudDatabase(database.Source, TimeProvider.System), TimeProvider.System);
        await store.CreateAsync(new NewInstallation(organization, [owner]), AuditDoer.System("test"), CancellationToken.None);
        return new Installation(database, FreePort(), FreePort());
    }

    /// <param name="settings">Beside those that every test has.</param>
    public async Task<BuiltProgram> StartServerAsync(params (string Name, string Value)[] settings)
    {
        _server = BuiltProgram.StartServer(
            ["serve", "--http-port", $"{HttpPort}", "--mqtt-port", $"{MqttPort}", "--data", _folder.Path],
            [("STEPCLOUD_DATABASE", _database.ConnectionString), .. settings]);
        await _server.LineAsync("HTTP on");
        return _server;
    }

    /// <summary>A further process on the same database, which only reads.</summary>
    public async Task<(BuiltProgram Process, string HttpAddress)> StartReaderAsync()
    {
        int port = FreePort();
        return (await StartReaderAsync(port), $"http://127.0.0.1:{port}");
    }

    /// <param name="settings">Beside those that every test has.</param>
    public async Task<BuiltProgram> StartReaderAsync(int port, params (string Name, string Value)[] settings)
    {
        BuiltProgram reader = BuiltProgram.StartServer(
            ["serve", "--role", "reader", "--http-port", $"{port}", "--data", _folder.Path], [("STEPCLOUD_DATABASE", _database.ConnectionString), .. settings]);
        await reader.LineAsync("reading only");
        return reader;
    }

    /// <summary>The answer to a sign-in of the owner.</summary>
    /// <param name="address">Of another process, or of a proxy in front; null for the server's.</param>
    public async Task<JsonNode> SignInAsync(HttpClient http, string? address = null)
    {
        HttpResponseMessage answer = await http.PostAsJsonAsync($"{address ?? HttpAddress}/api/v1/sign-in", new { email = Email, password = Password });
        return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
    }

    /// <param name="address">Of the process to ask; null for the server.</param>
    /// <param name="data">Of the gateways; null for <see cref="GatewayData"/>.</param>
    public async Task EnrollAsync(int gateways, string? address = null, string? data = null)
    {
        await using BuiltProgram enroll = BuiltProgram.StartSimulator(
            ["enroll", "--server", address ?? HttpAddress, "--email", Email, "--gateways", $"{gateways}", "--data", data ?? GatewayData],
            ("STEPCLOUD_PASSWORD", Password));
        if (await enroll.ExitCodeAsync() != 0) throw new InvalidOperationException(enroll.ToString());
    }

    public BuiltProgram StartReplay(params string[] files) => BuiltProgram.StartSimulator(
        ["replay", .. files, "--server", HttpAddress, "--mqtt", $"127.0.0.1:{MqttPort}", "--data", GatewayData, "--speed", "max"]);

    public int CountLedgers() => Directory.GetFiles(GatewayData, "ledger.log", SearchOption.AllDirectories).Length;

    /// <summary>The exit code of `stepcloud verify-ledger` on the ledgers of all gateways, and what it says.</summary>
    public async Task<string> VerifyLedgersAsync()
    {
        await using BuiltProgram verify = BuiltProgram.StartServer(["verify-ledger", GatewayData], ("STEPCLOUD_DATABASE", _database.ConnectionString));
        int exitCode = await verify.ExitCodeAsync();
        return $"{exitCode}: {verify.Output.LastOrDefault()}";
    }

    /// <summary>The database is gone, whoever uses it, and an empty one stands in its place.</summary>
    public async Task DestroyDatabaseAsync()
    {
        TestDatabase destroyed = _database;
        _database = await TestPostgres.CreateEmptyDatabaseAsync();
        await destroyed.DropAsync();
        await destroyed.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
