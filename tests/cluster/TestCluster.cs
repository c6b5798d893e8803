using System.Net.Http.Headers;
using Npgsql;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Cluster;

/// <summary>Several nodes as processes of their own, on one database.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly (string Name, string Value)[] _settings;
    private readonly List<string> _logs = [];

    private TestCluster(Installation installation, IEnumerable<Node> nodes, (string Name, string Value)[] settings)
    {
        Installation = installation;
        _settings = settings;
        Nodes = [.. nodes];
    }

    public Installation Installation { get; }

    public TestDatabase Database => Installation.Database;

    public Node[] Nodes { get; }

    /// <summary>Where nodes reach the database; null for the socket that the tests use.</summary>
    public string? DatabaseAddress { get; set; }

    /// <summary>For `gateway-sim --mqtt`.</summary>
    public string MqttAddresses => string.Join(',', Nodes.Select(node => $"{node.Address}:{node.MqttPort}"));

    /// <summary>With a database, and no node that runs yet.</summary>
    public static async Task<TestCluster> CreateAsync(int size, params (string Name, string Value)[] settings)
    {
        Installation installation = await Installation.CreateAsync();
        Node first = new(installation.HttpPort, installation.MqttPort, Installation.FreePort());
        return new TestCluster(installation, Enumerable.Range(1, size - 1).Select(_ => Node.OnFreePorts()).Prepend(first), settings);
    }

    /// <summary>With each node on a machine of its own, as far as the network goes; and no node that runs yet.</summary>
    public static async Task<TestCluster> CreateAsync(ClusterNetwork network, params (string Name, string Value)[] settings) => new(
        await Installation.CreateAsync(),
        network.Machines.Select(machine => new Node(8080, 1883, 11111) { Address = machine.Address, Namespace = machine.Namespace }), settings);

    public static async Task<TestCluster> StartAsync(int size, params (string Name, string Value)[] settings)
    {
        TestCluster cluster = await CreateAsync(size, settings);
        try
        {
            for (int i = 0; i < size; i++) await cluster.StartNodeAsync(i);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task StartNodeAsync(int index)
    {
        Node node = Nodes[index];
        string[] arguments =
        [
            "serve", "--address", node.Address, "--http-port", $"{node.HttpPort}", "--mqtt-port", $"{node.MqttPort}", "--data", Path.Combine(_folder.Path, $"{index}"),
            .. node.Arguments,
        ];
        (string, string)[] environment =
        [
            ("STEPCLOUD_DATABASE", DatabaseForNodes), ("Cluster__Address", node.Address), ("Cluster__SiloPort", $"{node.SiloPort}"),
            .. _settings,
        ];
        node.Process = node.Namespace is { } machine ? BuiltProgram.StartSiloIn(machine, arguments, environment) : BuiltProgram.StartSilo(arguments, environment);
        await node.Process.LineAsync("HTTP on");
    }

    /// <summary>Starts a node again that has ended by itself.</summary>
    /// <returns>False when it runs.</returns>
    public async Task<bool> ReviveAsync(int index)
    {
        if (Nodes[index].Process is not { HasExited: true } ended) return false;
        await EndAsync(ended);
        await StartNodeAsync(index);
        return true;
    }

    /// <summary>SIGKILL: nothing of it runs any more.</summary>
    public async Task KillNodeAsync(int index)
    {
        BuiltProgram process = Nodes[index].Process!;
        await process.KillAsync();
        await EndAsync(process);
        Nodes[index].Process = null;
    }

    /// <summary>SIGTERM, as whoever runs services does it.</summary>
    /// <returns>The exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Took)> StopNodeAsync(int index)
    {
        BuiltProgram process = Nodes[index].Process!;
        long start = TimeProvider.System.GetTimestamp();
        process.Signal("TERM");
        int exitCode = await process.ExitCodeAsync();
        TimeSpan took = TimeProvider.System.GetElapsedTime(start);
        await EndAsync(process);
        Nodes[index].Process = null;
        return (exitCode, took);
    }

    /// <summary>The owner of the organization, at a node.</summary>
    public async Task<HttpClient> SignInAsync(int index)
    {
        HttpClient http = new() { BaseAddress = new Uri(Nodes[index].HttpAddress) };
        using HttpClient first = new();
        string token = (string)(await Installation.SignInAsync(first, Nodes[index].HttpAddress))["access_token"]!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public BuiltProgram StartShop(params string[] options) => BuiltProgram.StartSimulator(
        ["run", "--server", Nodes[0].HttpAddress, "--mqtt", MqttAddresses, "--data", Installation.GatewayData, .. options]);

    /// <summary>Lines with a text, that any node has ever written.</summary>
    public int CountInLogs(string text) =>
        _logs.Concat(Nodes.SelectMany(node => node.Process?.Output ?? [])).Count(line => line.Contains(text, StringComparison.Ordinal));

    private string DatabaseForNodes => DatabaseAddress is null
        ? Database.ConnectionString
        : new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Host = DatabaseAddress, Port = 5432 }.ConnectionString;

    private async Task EndAsync(BuiltProgram process)
    {
        _logs.AddRange(process.Output);
        await process.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(async node =>
        {
            if (node.Process is { } process) await process.DisposeAsync();
        }));
        await Installation.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>One process of a cluster, or where it will be.</summary>
internal sealed record Node(int HttpPort, int MqttPort, int SiloPort)
{
    public BuiltProgram? Process { get; set; }

    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Of the network that it is in; null for the tests' own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Of `serve`, beside those that every node has.</summary>
    public string[] Arguments { get; set; } = [];

    public string HttpAddress => $"http://{Address}:{HttpPort}";

    public static Node OnFreePorts() => new(Installation.FreePort(), Installation.FreePort(), Installation.FreePort());
}
