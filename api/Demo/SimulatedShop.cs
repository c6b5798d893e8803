using System.Diagnostics;
using System.Globalization;
using StepCloud.Api.Commands;
using StepCloud.Api.Ledgers;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Demo;

/// <summary>The simulated shop: `gateway-sim` as a process of its own, that speaks to the server as any gateway does.</summary>
internal sealed class SimulatedShop(string dataDirectory, RunningServers servers, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>`gateway-sim` gives its outboxes 20 s to empty; the rest is for its start and end.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);

    private readonly Lock _logLock = new();
    private Process? _process;

    /// <summary>Beside this program in a build tree: api/bin/Release/net10.0 and gateway-sim/bin/Release/net10.0.</summary>
    private static string Program { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../gateway-sim/bin", BuildConfiguration(), "net10.0/gateway-sim"));

    private string LogFile => Path.Combine(dataDirectory, "gateway-sim.log");

    public bool HasEnded => _process is null or { HasExited: true };

    /// <summary>Creates what gateways are missing, with the rights of that access token, and lets them work.</summary>
    /// <exception cref="SimulatorException">It cannot be started.</exception>
    public async Task StartAsync(string ownerAccessToken, int gateways, CancellationToken cancellationToken)
    {
        if (!File.Exists(Program)) throw new SimulatorException($"The simulated shop is not built: there is no {Program}. Build it, or use --no-sim.");
        Directory.CreateDirectory(dataDirectory);
        await EnrollAsync(ownerAccessToken, gateways, cancellationToken);
        _process = Start(
        [
            "run", "--telemetry", "--server", servers.First.HttpAddress, "--mqtt", servers.MqttAddresses, "--data", dataDirectory,
            "--exit-with", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ]);
    }

    /// <summary>Tries again while the shop of a server that was killed still delivers what it holds: it has the folder until then.</summary>
    private async Task EnrollAsync(string ownerAccessToken, int gateways, CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        while (true)
        {
            using Process enroll = Start(
                ["enroll", "--server", servers.First.HttpAddress, "--data", dataDirectory, "--gateways", gateways.ToString(CultureInfo.InvariantCulture)],
                ("STEPCLOUD_ACCESS_TOKEN", ownerAccessToken));
            await enroll.WaitForExitAsync(cancellationToken);
            if (enroll.ExitCode == 0) return;
            if (enroll.ExitCode != ExitCodes.Usage || clock.GetElapsedTime(started) > StopTimeout)
                throw new SimulatorException($"The simulated shop could not enrol its gateways; see {LogFile}.");
            await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
        }
    }

    /// <summary>Lets the gateways finish what they have begun and deliver what they hold.</summary>
    /// <returns>False when they had to be killed, or something was left undelivered.</returns>
    public async Task<bool> StopAsync()
    {
        if (_process is not { } process) return true;
        _process = null;
        using (process)
        {
            if (!process.HasExited) Signals.Terminate(process.Id);
            using CancellationTokenSource timeout = new(StopTimeout, clock);
            try
            {
                await process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                return false;
            }

            return process.ExitCode == 0;
        }
    }

    /// <summary>Counts what every gateway of the shop ever sent against the database.</summary>
    public async Task<LedgerVerdict> VerifyAsync(LedgerVerifier verifier, CancellationToken cancellationToken)
    {
        List<(GatewayId, LedgerFile)> ledgers = [];
        string gateways = Path.Combine(dataDirectory, "gateways");
        if (!Directory.Exists(gateways)) return LedgerVerdict.Nothing;
        foreach (string directory in Directory.EnumerateDirectories(gateways))
        {
            string file = Path.Combine(directory, "ledger.log");
            if (!GatewayId.TryParse(Path.GetFileName(directory), null, out GatewayId gateway) || !File.Exists(file)) continue;
            ledgers.Add((gateway, await LedgerFile.ReadAsync(file, cancellationToken)));
        }

        return await verifier.VerifyAsync(ledgers, new Progress<long>(), cancellationToken);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo info = new(Program, arguments)
        {
            UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment) info.Environment[name] = value;
        Process process = Process.Start(info) ?? throw new SimulatorException($"{Program} did not start.");
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Log(string? line)
    {
        if (line is null) return;
        lock (_logLock) File.AppendAllText(LogFile, line + "\n");
    }

    private static string BuildConfiguration() =>
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))) ?? "Release";
}

/// <summary>The simulated shop could not be started; the message says why.</summary>
internal sealed class SimulatorException(string message) : Exception(message);
