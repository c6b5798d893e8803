using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>Caddy in front of a single process.</summary>
public sealed class RunningProxy : ProxiedInstallation
{
    private Installation? _installation;

    private protected override async Task<(Installation Installation, IEnumerable<string> Servers)> StartServersAsync(params (string Name, string Value)[] settings)
    {
        _installation = await Installation.CreateAsync();
        await _installation.StartServerAsync(settings);
        return (_installation, [_installation.HttpAddress]);
    }

    private protected override async Task StopServersAsync()
    {
        if (_installation is not null) await _installation.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class RunningProxyCollection : ICollectionFixture<RunningProxy>
{
    public const string Name = "Caddy in front of a server";
}
