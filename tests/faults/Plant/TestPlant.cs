using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Cluster;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>A server, a PostgreSQL and a shop of gateways, each a process that a fault may take away, and what the gateways wrote down.</summary>
internal sealed class TestPlant : IAsyncDisposable
{
    public const int Gateways = 20;

    /// <summary>Times as fast as real machines: some steps a second of each gateway.</summary>
    private const string Speed = "4";

    private static readonly (string Name, string Value)[] ServerSettings =
        [("Server__Address", "0.0.0.0"), ("Passwords__MemoryMiB", "19"), ("Server__DrainFor", "00:00:01"), ("Limits__AddressPerSecond", "100000")];

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<BuiltProgram> _ended = [];
    private (string Name, string Value)[] _settings = [];

    private TestPlant(OwnPostgres postgres, Installation installation, ClusterNetwork? network)
    {
        Postgres = postgres;
        Installation = installation;
        Network = network;
        Ledgers = new LedgerWatch(installation.GatewayData);
        Crowd = new Crowd(this);
    }

    public OwnPostgres Postgres { get; }

    public Installation Installation { get; }

    /// <summary>Between the gateways and the server; null where nobody may make one, and both are on loopback.</summary>
    public ClusterNetwork? Network { get; }

    public LedgerWatch Ledgers { get; }

    public Crowd Crowd { get; }

    public BuiltProgram? Server { get; private set; }

    public BuiltProgram? Shop { get; private set; }

    /// <summary>Where the gateways reach the server.</summary>
    public string ServerAddress => Network?.OwnAddress ?? "127.0.0.1";

    public static async Task<TestPlant> StartAsync()
    {
        OwnPostgres postgres = await OwnPostgres.StartNewAsync();
        TestPlant plant = new(postgres, await Installation.CreateAsync(postgres.Database), Environment.IsPrivilegedProcess ? ClusterNetwork.Create(1) : null);
        try
        {
            await plant.StartServerAsync();
            await plant.Installation.EnrollAsync(Gateways);
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    /// <param name="settings">Beside those that it always has, until it is started with others.</param>
    public async Task StartServerAsync(params (string Name, string Value)[] settings)
    {
        _settings = settings;
        await EndAsync(Server);
        Server = await Installation.StartServerAsync([.. ServerSettings, .. settings]);
    }

    /// <summary>As whoever runs services does it: what has ended is started again.</summary>
    public async Task ReviveServerAsync()
    {
        if (Server is { HasExited: true }) await StartServerAsync(_settings);
    }

    /// <summary>After a fault that was not healed: the next one begins with everything in its place.</summary>
    public async Task MendAsync()
    {
        await Postgres.ContinueAsync();
        Postgres.Disk?.Clear();
        if (!Postgres.IsRunning) await Postgres.StartAsync();
        await ReviveServerAsync();
        if (Shop is { HasExited: false }) await StopShopAsync();
    }

    public Task KillServerAsync() => Server!.KillAsync();

    /// <summary>SIGTERM, and it ends in order.</summary>
    public async Task StopServerAsync()
    {
        Server!.Signal("TERM");
        (await Server.ExitCodeAsync()).ShouldBe(0, Server.ToString());
    }

    public async Task StartShopAsync(params string[] options)
    {
        await EndAsync(Shop);
        Shop = StartSimulator(Installation.GatewayData, Speed, options);
        await Ledgers.AllAreHeardAsync(Gateways, TimeSpan.FromSeconds(90), "At the start of the shop");
    }

    public BuiltProgram StartSimulator(string data, string speed, params string[] options)
    {
        string[] arguments =
        [
            "run", "--server", $"http://{ServerAddress}:{Installation.HttpPort}", "--mqtt", $"{ServerAddress}:{Installation.MqttPort}", "--data", data,
            "--speed", speed, "--drain", "60s", .. options,
        ];
        return Network is null ? BuiltProgram.StartSimulator(arguments) : BuiltProgram.StartSimulatorIn(Network.Machines[0].Namespace, arguments);
    }

    public Task KillShopAsync() => Shop!.KillAsync();

    /// <summary>The machines stop, and what they have made is delivered.</summary>
    public async Task StopShopAsync()
    {
        Shop!.Signal("TERM");
        (await Shop.ExitCodeAsync()).ShouldBe(0, Shop.ToString());
    }

    /// <summary>How often the server's processes have written that text so far.</summary>
    public int CountInLogs(string text) =>
        _ended.Append(Server).Sum(process => process?.Output.Count(line => line.Contains(text, StringComparison.Ordinal)) ?? 0);

    /// <summary>Holds all that the gateways were ever told against what is stored: `stepcloud verify-ledger`.</summary>
    public async Task<LedgerFindings> VerifyAsync()
    {
        await using BuiltProgram verify = BuiltProgram.StartServer(
            ["verify-ledger", Path.GetDirectoryName(Installation.GatewayData)!, "--json"], ("STEPCLOUD_DATABASE", Postgres.Database.ConnectionString));
        int exitCode = await verify.ExitCodeAsync();
        exitCode.ShouldBeOneOf([0, 1], verify.ToString());
        LedgerFindings found = JsonSerializer.Deserialize<LedgerFindings>(verify.Output.Last(line => line.Length > 0), Options)!;
        found.IsGood.ShouldBe(exitCode == 0, verify.ToString());
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await Crowd.DisposeAsync();
        await EndAsync(Shop);
        if (Server is { HasExited: false } && Postgres.IsRunning) await Postgres.ContinueAsync();
        await EndAsync(Server);
        // With its connections to the database, which it has not made.
        await Installation.DisposeAsync();
        await Postgres.DisposeAsync();
        Network?.Dispose();
    }

    private async Task EndAsync(BuiltProgram? process)
    {
        if (process is null) return;
        if (process == Server) _ended.Add(process);
        await process.DisposeAsync();
    }
}

/// <summary>What `stepcloud verify-ledger --json` answers.</summary>
internal sealed record LedgerFindings(long Steps, long Samples, long Lost, long Duplicate, long Altered, long OutOfOrder, long Refused, long NotInQuarantine)
{
    public bool IsGood => Lost == 0 && Duplicate == 0 && Altered == 0 && OutOfOrder == 0 && NotInQuarantine == 0;
}
