using StepCloud.Storage.Cluster;
using StepCloud.Tests.Api.GatewayCommands;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Cluster;

/// <summary>Two servers on one database, each with a line to it of its own.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly DatabaseLine[] _lines;

    private TwoNodes(TestDatabase database, DatabaseLine[] lines)
    {
        _database = database;
        _lines = lines;
    }

    public TestDatabase Database => _database;

    public ThisNode FirstId { get; } = new(Guid.NewGuid(), IsOneOfMany: true);

    public ThisNode SecondId { get; } = new(Guid.NewGuid(), IsOneOfMany: true);

    /// <summary>How it is called by the other.</summary>
    public NodeLine ToFirst { get; } = new();

    public NodeLine ToSecond { get; } = new();

    public GatewayServer First { get; private set; } = null!;

    public GatewayServer Second { get; private set; } = null!;

    /// <summary>The line of the first.</summary>
    public DatabaseLine Line => _lines[0];

    public static async Task<TwoNodes> StartAsync()
    {
        TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        TwoNodes nodes = new(database, [new DatabaseLine(database), new DatabaseLine(database)]);
        nodes.First = await GatewayServer.StartNodeAsync(database, nodes._lines[0].ConnectionString, nodes.FirstId, nodes.ToSecond);
        nodes.Second = await GatewayServer.StartNodeAsync(database, nodes._lines[1].ConnectionString, nodes.SecondId, nodes.ToFirst);
        (nodes.ToFirst.Relay, nodes.ToSecond.Relay) = (nodes.First.Relay, nodes.Second.Relay);
        await nodes.First.SignInAsync();
        nodes.Second.Http.DefaultRequestHeaders.Authorization = nodes.First.Http.DefaultRequestHeaders.Authorization;
        return nodes;
    }

    /// <summary>The node that has the gateway's session; the nil UUID: none.</summary>
    public Task<Guid> HolderAsync(TestGateway gateway) => _database.ScalarAsync<Guid>(
        "SELECT coalesce((SELECT node FROM mqtt_session WHERE client_id = $1), '00000000-0000-0000-0000-000000000000')", gateway.Id.ToString());

    public async ValueTask DisposeAsync()
    {
        Line.Mend();
        await Second.DisposeAsync();
        await First.DisposeAsync();
        foreach (DatabaseLine line in _lines) await line.DisposeAsync();
        await _database.DisposeAsync();
    }
}
