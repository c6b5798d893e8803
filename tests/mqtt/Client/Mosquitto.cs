using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StepCloud.Mqtt.Client;

namespace StepCloud.Tests.Mqtt.Client;

/// <summary>A real Mosquitto (Debian's package) of our own on a free loopback port, with its files in a folder of its own.</summary>
public sealed class Mosquitto : IAsyncDisposable
{
    private const string Path = "/usr/sbin/mosquitto";

    private readonly string _folder;
    private Process? _process;

    private Mosquitto(string folder) => _folder = folder;

    public int Port { get; } = FreePort();

    public int WebSocketPort { get; } = FreePort();

    private string Configuration => System.IO.Path.Combine(_folder, "mosquitto.conf");

    public Func<CancellationToken, ValueTask<Stream>> Transport => MqttTransport.Tcp("127.0.0.1", Port);

    /// <param name="persists">Sessions are written to disk when it stops, and are there when it starts again.</param>
    public static async Task<Mosquitto> StartAsync(bool persists = false)
    {
        if (!File.Exists(Path)) throw new FileNotFoundException("These tests need Debian's package mosquitto: apt-get install mosquitto", Path);
        var broker = new Mosquitto(Directory.CreateTempSubdirectory("stepcloud-mosquitto-").FullName);
        await File.WriteAllLinesAsync(broker.Configuration,
        [
            $"listener {broker.Port} 127.0.0.1",
            $"listener {broker.WebSocketPort} 127.0.0.1",
            "protocol websockets",
            "allow_anonymous true",
            $"persistence {(persists ? "true" : "false")}",
            $"persistence_location {broker._folder}/",
            "max_queued_messages 0",
            // Started as root, it would become another user, who may not write to the folder.
            $"user {Environment.UserName}",
        ]);
        await broker.StartAgainAsync();
        return broker;
    }

    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Path, ["-c", Configuration])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await WaitUntilListeningAsync(Port, _process);
        await WaitUntilListeningAsync(WebSocketPort, _process);
    }

    /// <summary>By SIGTERM, as a system does: what persists is written.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task WaitUntilListeningAsync(int port, Process process)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (attempt < 200 && !process.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }
}
