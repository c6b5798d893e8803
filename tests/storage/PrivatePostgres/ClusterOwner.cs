using System.Diagnostics;
using Shouldly;

namespace StepCloud.Tests.Storage;

/// <summary>A process of its own that owns a private cluster.</summary>
internal sealed class ClusterOwner : IDisposable
{
    private readonly Process _process;

    private ClusterOwner(Process process) => _process = process;

    public static async Task<ClusterOwner> StartAsync(string dataDirectory, bool watched)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(ClusterOwner).Assembly.Location, dataDirectory, watched ? "--watched" : "--alone"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        ClusterOwner owner = new(Process.Start(start)!);
        (await owner._process.StandardOutput.ReadLineAsync()).ShouldBe(Program.Ready);
        return owner;
    }

    /// <summary>kill -9</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
