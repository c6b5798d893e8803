using System.CommandLine;
using StepCloud.Api.Demo;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Storage.Cluster;

namespace StepCloud.Silo.Running;

/// <summary>For `run --cluster 3`: the first node in this process, and the others as processes beside it, on one database.</summary>
internal sealed class ClusterHost(TimeProvider clock) : IRunHost
{
    private const int Default = 3;

    /// <summary>Each takes some 25 of the 100 connections of the private PostgreSQL.</summary>
    private const int NodesMax = 3;

    private readonly Option<int> _nodes = new("--cluster")
    {
        Description = $"So many nodes, 1 to {NodesMax} ({Default}).", HelpName = "NODES", DefaultValueFactory = _ => Default,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out int count) && count is >= 1 and <= NodesMax) return count;
            result.AddError($"Setting --cluster: '{result.Tokens[0].Value}' is not between 1 and {NodesMax}.");
            return Default;
        },
    };

    public IEnumerable<Option> Options => [_nodes];

    public bool HasCaddy => true;

    public Task<int> RunAsync(ParseResult parsed, WebApplicationBuilder builder, Func<RunningServers, Task<int>> work, CancellationToken cancellationToken) =>
        DatabaseOnly.MakeAsync(
            builder.Configuration,
            async database =>
            {
                await database.MigrateAsync(cancellationToken);
                await database.MasterKeyAsync(mayMake: true, cancellationToken);
                return await RunOnAsync(database, parsed.GetValue(_nodes), builder, work, cancellationToken);
            },
            clock,
            cancellationToken);

    private async Task<int> RunOnAsync(DatabaseOnly database, int count, WebApplicationBuilder builder, Func<RunningServers, Task<int>> work, CancellationToken cancellationToken)
    {
        ServerOptions options = SettingsCheck.ReadServer(builder.Configuration);
        Dictionary<string, string> settings = new() { [SettingsCheck.DatabaseVariable] = database.ConnectionString };
        if (MasterKeySetting.Read(builder.Configuration, isDatabaseGiven: false) is null)
            settings[MasterKeySetting.FileSetting] = Path.Combine(Path.GetFullPath(options.Data), InstallationMasterKey.FileName);
        NodePlace[] places = [.. Enumerable.Range(0, count).Select(index => NodePlace.Of(index, options))];
        builder.Configuration.AddInMemoryCollection(settings.Concat(places[0].Settings)!);
        ClusterFigures figures = new(database.Database, clock.GetUtcNow());
        await using StepCloudServer first = await StepCloudServer.StartAsync(builder, new ClusterEngine(), clock, cancellationToken);
        await using NodeProcesses others = new(places[1..], options, settings, clock);
        await others.StartAsync(cancellationToken);
        return await work(new RunningServers(
            first,
            [.. places.Select(place => $"http://{options.Address}:{place.HttpPort}")],
            string.Join(',', places.Select(place => $"{options.Address}:{place.MqttPort}")),
            async () => ToRows(await figures.ReadAsync(CancellationToken.None), others.RunningCount + 1)));
    }

    private static RunFigure[] ToRows(ClusterFigures.Figures figures, int nodes) =>
    [
        RunFigure.Of("nodes", nodes),
        RunFigure.Of("gateways online", figures.GatewaysOnline),
        RunFigure.Of("steps stored", figures.StepsStored),
        RunFigure.Of("refused", figures.Refused),
    ];
}
