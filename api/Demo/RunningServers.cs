using System.CommandLine;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Demo;

/// <summary>What `run` has started: one server, or the nodes of a cluster.</summary>
/// <param name="First">The one that is in this process.</param>
/// <param name="HttpAddresses">Of all, such as `http://127.0.0.1:8080`.</param>
/// <param name="MqttAddresses">Of all, as `gateway-sim --mqtt` takes them.</param>
/// <param name="ReadFiguresAsync">What the live table shows.</param>
internal sealed record RunningServers(
    StepCloudServer First, IReadOnlyList<string> HttpAddresses, string MqttAddresses, Func<Task<IReadOnlyList<RunFigure>>> ReadFiguresAsync);

/// <summary>Starts what `run` runs.</summary>
internal interface IRunHost
{
    /// <summary>Of the command, beside those of every host.</summary>
    IEnumerable<Option> Options { get; }

    /// <summary>Caddy stands in front even if nobody asks for it.</summary>
    bool HasCaddy { get; }

    /// <summary>Starts everything, does the work, and stops everything.</summary>
    /// <returns>What the work has returned.</returns>
    Task<int> RunAsync(ParseResult parsed, WebApplicationBuilder builder, Func<RunningServers, Task<int>> work, CancellationToken cancellationToken);
}

/// <summary>One process, which has everything.</summary>
internal sealed class SingleHost(TimeProvider clock) : IRunHost
{
    public IEnumerable<Option> Options => [];

    public bool HasCaddy => false;

    public async Task<int> RunAsync(ParseResult parsed, WebApplicationBuilder builder, Func<RunningServers, Task<int>> work, CancellationToken cancellationToken)
    {
        await using StepCloudServer server = await StepCloudServer.StartAsync(builder, clock, cancellationToken);
        return await work(new RunningServers(server, [server.HttpAddress], server.MqttAddress, () => Task.FromResult(RunFigures.Read(server.Services))));
    }
}
