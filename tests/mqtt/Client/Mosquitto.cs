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
    private readonly Process _process;

    private Mosquitto(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public Func<CancellationToken, ValueTask<Stream>> Transport => MqttTransport.Tcp("127.0.0.1", Port);

    public static async Task<Mosquitto> StartAsync(params string[] settings)
    {
        if (!File.Exists(Path)) throw new FileNotFoundException("These tests need Debian's package mosquitto: apt-get install mosquitto", Path);
        var folder = Directory.CreateTempSubdirectory("stepcloud-mosquitto-").FullName;
        var port = FreePort();
        var configuration = System.IO.Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllLinesAsync(configuration, [$"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false", .. settings]);
        var process = Process.Start(new ProcessStartInfo(Path, ["-c", configuration]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var started = new Mosquitto(folder, process, port);
        await started.WaitUntilListeningAsync();
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilListeningAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (attempt < 100 && !_process.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }
}
