using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Actors.Ports;
using StepCloud.Api.Tokens;
using StepCloud.Bench.Frame;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Bench.Processes;

/// <param name="AccessToken">Good for an hour.</param>
internal sealed record SignedInGateway(GatewayId Id, DeviceId Device, string AccessToken);

/// <summary>A server as an installation has it, in a process of its own, on a private PostgreSQL; and gateways that are signed in to it.</summary>
internal sealed class ShopServer : IAsyncDisposable
{
    private const string Announcement = "HTTP on ";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly string _program;
    private readonly PrivatePostgres _postgres;
    private readonly string _folder;

    private ShopServer(string program, ServerProcess process, PrivatePostgres postgres, string folder, IReadOnlyList<SignedInGateway> gateways, IPEndPoint mqtt)
    {
        _program = program;
        Process = process;
        _postgres = postgres;
        _folder = folder;
        Gateways = gateways;
        Mqtt = mqtt;
    }

    public ServerProcess Process { get; private set; }

    /// <summary>The first process of its PostgreSQL.</summary>
    public int DatabaseProcessId => _postgres.ProcessId ?? throw new BenchException("PostgreSQL has ended.");

    public IReadOnlyList<SignedInGateway> Gateways { get; }

    public IPEndPoint Mqtt { get; private set; }

    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>With the settings as they are shipped.</summary>
    /// <param name="program">A path, of `stepcloud` or `stepcloud-silo`.</param>
    public static async Task<ShopServer> StartAsync(string program, int gateways, TimeProvider time, CancellationToken cancellationToken)
    {
        var owner = await OwnServer.StartAsync(time, cancellationToken);
        PrivatePostgres? postgres = null;
        ServerProcess? process = null;
        try
        {
            var signedIn = await SignInAsync(owner, gateways, time, cancellationToken);
            await owner.LeaveAsync();
            postgres = await PrivatePostgres.StartAsync(
                new PrivatePostgresOptions { DataDirectory = owner.Folder, StopWithOwner = true, DeleteWithOwner = true }, NullLoggerFactory.Instance, time, cancellationToken);
            (process, IPEndPoint mqtt) = await StartAsync(program, postgres, owner.Folder, cancellationToken);
            return new ShopServer(program, process, postgres, owner.Folder, signedIn, mqtt);
        }
        catch
        {
            if (process is not null) await process.DisposeAsync();
            if (postgres is not null) await postgres.DisposeAsync();
            await owner.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new process, which has done nothing yet.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await Process.DisposeAsync();
        (Process, Mqtt) = await StartAsync(_program, _postgres, _folder, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _postgres.DisposeAsync();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static async Task<(ServerProcess Process, IPEndPoint Mqtt)> StartAsync(string program, PrivatePostgres postgres, string folder, CancellationToken cancellationToken)
    {
        Dictionary<string, string?> settings = new()
        {
            ["STEPCLOUD_DATABASE"] = postgres.ConnectionString, ["StepCloud__MasterKeyFile"] = Path.Combine(folder, "master.key"), ["Logging__LogLevel__Default"] = "Warning",
        };
        var process = ServerProcess.Start(Path.GetFileName(program), program, settings, "serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder);
        try
        {
            string line = await process.ReadLineAsync(s_patience, cancellationToken);
            while (!line.StartsWith(Announcement, StringComparison.Ordinal)) line = await process.ReadLineAsync(s_patience, cancellationToken);
            return (process, IPEndPoint.Parse(line.Split(' ')[^1]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static async Task<List<SignedInGateway>> SignInAsync(OwnServer owner, int count, TimeProvider time, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { BaseAddress = owner.Address };
        List<SignedInGateway> gateways = [];
        for (int i = 0; i < count; i++)
        {
            GatewayId id = GatewayId.New(time);
            NewGateway gateway = new(id, owner.Organization, owner.Site, $"Gateway {i}", null);
            await owner.Service<IGatewayRegistry>().CreateAsync(gateway, AuditDoer.System("bench"), cancellationToken);
            var grant = await owner.Service<IActors>().Gateway(id).StartSessionAsync(AuditDoer.System("bench"), cancellationToken)
                ?? throw new BenchException("A gateway was refused a session.");
            string token = owner.Service<AccessTokenIssuer>().Issue(grant).Text;
            DeviceId device = DeviceId.New(time);
            using HttpRequestMessage announcement = new(HttpMethod.Post, "/gateway/api/v1/devices")
            {
                Content = JsonContent.Create(new { device = device.ToString(), source = device.ToString(), model = "Bench" }),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            };
            using var answer = await http.SendAsync(announcement, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new BenchException($"A device was refused: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            gateways.Add(new SignedInGateway(id, device, token));
        }

        return gateways;
    }
}
