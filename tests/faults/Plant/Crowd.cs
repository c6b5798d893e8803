using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>Many gateways beside the shop, which have little to tell and are there.</summary>
internal sealed class Crowd(TestPlant plant) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private BuiltProgram? _process;

    private string Data => plant.Installation.GatewayData + "-crowd";

    private string StatusFile => Path.Combine(Data, "status.json");

    public async Task StartAsync(int gateways)
    {
        await plant.Installation.EnrollAsync(gateways, data: Data);
        File.Delete(StatusFile);
        _process = plant.StartSimulator(Data, "0.02", "--status-file", StatusFile);
        await AllAreOnlineAsync(gateways);
    }

    public async Task AllAreOnlineAsync(int gateways)
    {
        long start = TimeProvider.System.GetTimestamp();
        for (long online = -1; online != gateways; online = Online())
        {
            if (_process!.HasExited || TimeProvider.System.GetElapsedTime(start) > Patience) throw new TimeoutException($"{online} of {gateways} gateways are online.\n{string.Join('\n', _process.Errors.TakeLast(5))}");
            await Task.Delay(100);
        }
    }

    /// <summary>All that they have made is delivered.</summary>
    public async Task StopAsync()
    {
        _process!.Signal("TERM");
        (await _process.ExitCodeAsync()).ShouldBe(0, _process.ToString());
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    private long Online() => File.Exists(StatusFile) ? JsonDocument.Parse(File.ReadAllText(StatusFile)).RootElement.GetProperty("online").GetInt64() : -1;
}
