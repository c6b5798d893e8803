using System.Diagnostics;
using System.Text;

namespace StepCloud.Tests.Sim.Peers;

/// <summary>The real program in a process of its own, as it was built beside the tests.</summary>
internal sealed class SimProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private SimProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public static SimProcess Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        ProcessStartInfo start = new(dotnet, [Path.Combine(AppContext.BaseDirectory, "gateway-sim.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new SimProcess(Process.Start(start)!);
    }

    public static async Task<SimResult> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        await using SimProcess process = Start(arguments, environment);
        return await process.ResultAsync();
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public void Kill() => _process.Kill();

    public async Task TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
        await kill.WaitForExitAsync();
    }

    public async Task<SimResult> ResultAsync()
    {
        // Only there to fail instead of hanging.
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(5));
        await _process.WaitForExitAsync(patience.Token);
        return new SimResult(_process.ExitCode, await _output, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

internal sealed record SimResult(int ExitCode, string Output, string Errors);
