using StepCloud.Tests.Cluster;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>Caddy in front of three nodes, for the very tests that it passes in front of a single process.</summary>
public sealed class RunningProxy : ProxiedInstallation
{
    private TestCluster? _cluster;

    private protected override async Task<(Installation Installation, IEnumerable<string> Servers)> StartServersAsync(params (string Name, string Value)[] settings)
    {
        _cluster = await TestCluster.StartAsync(3, settings);
        return (_cluster.Installation, _cluster.Nodes.Select(node => node.HttpAddress));
    }

    private protected override async Task StopServersAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class RunningProxyCollection : ICollectionFixture<RunningProxy>
{
    public const string Name = "Caddy in front of a cluster";
}
