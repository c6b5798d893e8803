using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Api.Tokens;
using StepCloud.Bench.Frame;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Bench.Processes;

/// <param name="AccessToken">Good for an hour.</param>
internal sealed record SignedInGateway(GatewayId Id, DeviceId Device, string AccessToken);

/// <param name="Sites">That the gateways are spread over.</param>
internal sealed record ShopPlan(int Gateways, int Sites = 1)
{
    /// <summary>Of the server, where they are not as shipped.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>What else is made before the server starts, with the services of the one that made the gateways.</summary>
    public Func<OwnServer, IReadOnlyList<SignedInGateway>, CancellationToken, Task> PrepareAsync { get; init; } = static (_, _, _) => Task.CompletedTask;
}

/// <summary>A server as an installation has it, in a process of its own, on a private PostgreSQL; and gateways that are signed in to it.</summary>
internal sealed class ShopServer : IAsyncDisposable
{
    private const string Announcement = "HTTP on ";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly string _program;
    private readonly PrivatePostgres _postgres;
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string?> _settings;

    private ShopServer(
        string program, IReadOnlyDictionary<string, string?> settings, PrivatePostgres postgres, string folder, OrganizationId organization,
        IReadOnlyList<SignedInGateway> gateways, Started started)
    {
        _program = program;
        _settings = settings;
        _postgres = postgres;
        _folder = folder;
        Organization = organization;
        Gateways = gateways;
        (Process, Http, Mqtt) = started;
    }

    public ServerProcess Process { get; private set; }

    /// <summary>The first process of its PostgreSQL.</summary>
    public int DatabaseProcessId => _postgres.ProcessId ?? throw new BenchException("PostgreSQL has ended.");

    public IReadOnlyList<SignedInGateway> Gateways { get; }

    /// <summary>Theirs.</summary>
    public OrganizationId Organization { get; }

    public Uri Http { get; private set; }

    public IPEndPoint Mqtt { get; private set; }

    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>Where its PostgreSQL has its files.</summary>
    public string DatabaseFolder
    {
        get
        {
            string path = Path.Combine(_folder, "postgres");
            return Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
    }

    /// <param name="program">A path, of `stepcloud` or `stepcloud-silo`.</param>
    public static async Task<ShopServer> StartAsync(string program, ShopPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        var owner = await OwnServer.StartAsync(time, cancellationToken);
        PrivatePostgres? postgres = null;
        try
        {
            var signedIn = await SignInAsync(owner, plan, time, cancellationToken);
            await owner.LeaveAsync();
            postgres = await PrivatePostgres.StartAsync(
                new PrivatePostgresOptions { DataDirectory = owner.Folder, StopWithOwner = true, DeleteWithOwner = true }, NullLoggerFactory.Instance, time, cancellationToken);
            Started started = await StartAsync(program, plan.Settings, postgres, owner.Folder, cancellationToken);
            return new ShopServer(program, plan.Settings, postgres, owner.Folder, owner.Organization, signedIn, started);
        }
        catch
        {
            if (postgres is not null) await postgres.DisposeAsync();
            await owner.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new process, which has done nothing yet.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await Process.DisposeAsync();
        (Process, Http, Mqtt) = await StartAsync(_program, _settings, _postgres, _folder, cancellationToken);
    }

    /// <summary>Writes all that PostgreSQL has only in its log so far, so that it does not do so in a round.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(_postgres.AdministratorConnectionString);
        await using var command = source.CreateCommand("CHECKPOINT");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _postgres.DisposeAsync();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static async Task<Started> StartAsync(
        string program, IReadOnlyDictionary<string, string?> own, PrivatePostgres postgres, string folder, CancellationToken cancellationToken)
    {
        Dictionary<string, string?> settings = new(own)
        {
            ["STEPCLOUD_DATABASE"] = postgres.ConnectionString, ["StepCloud__MasterKeyFile"] = Path.Combine(folder, "master.key"), ["Logging__LogLevel__Default"] = "Warning",
        };
        var process = ServerProcess.Start(Path.GetFileName(program), program, settings, "serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder);
        try
        {
            string line = await process.ReadLineAsync(s_patience, cancellationToken);
            while (!line.StartsWith(Announcement, StringComparison.Ordinal)) line = await process.ReadLineAsync(s_patience, cancellationToken);
            return new Started(process, new Uri(line[Announcement.Length..].Split(',')[0]), IPEndPoint.Parse(line.Split(' ')[^1]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static async Task<List<SignedInGateway>> SignInAsync(OwnServer owner, ShopPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { BaseAddress = owner.Address };
        IReadOnlyList<SiteId> sites = await MakeSitesAsync(owner, plan.Sites, time, cancellationToken);
        List<SignedInGateway> gateways = [];
        List<SessionGrant> grants = [];
        for (int i = 0; i < plan.Gateways; i++)
        {
            GatewayId id = GatewayId.New(time);
            NewGateway gateway = new(id, owner.Organization, sites[i % sites.Count], $"Gateway {i}", null);
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
            grants.Add(grant);
        }

        await plan.PrepareAsync(owner, gateways, cancellationToken);
        // That may have taken most of a token's hour.
        return [.. gateways.Zip(grants, (gateway, grant) => gateway with { AccessToken = owner.Service<AccessTokenIssuer>().Issue(grant).Text })];
    }

    /// <summary>The organization's first one, and others like it.</summary>
    private static async Task<IReadOnlyList<SiteId>> MakeSitesAsync(OwnServer owner, int count, TimeProvider time, CancellationToken cancellationToken)
    {
        List<SiteId> sites = [owner.Site];
        await using NpgsqlConnection connection = await owner.Service<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        while (sites.Count < count)
        {
            SiteId site = SiteId.New(time);
            await using NpgsqlCommand command = new("INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())", connection)
            {
                Parameters = { new() { Value = site.Value }, new() { Value = owner.Organization.Value }, new() { Value = $"Workshop {sites.Count}" } },
            };
            await command.ExecuteNonQueryAsync(cancellationToken);
            sites.Add(site);
        }

        return sites;
    }

    private sealed record Started(ServerProcess Process, Uri Http, IPEndPoint Mqtt);
}
