using System.Net;
using System.Net.Sockets;
using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>Eclipse Mosquitto as Debian packages it, storing nothing, and with its limits for one client out of the way.</summary>
internal sealed class MosquittoBroker(ServerProcess process, IPEndPoint endPoint, string configuration) : Broker(process, endPoint)
{
    public const string Name = "Mosquitto";

    private static readonly string[] s_places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];

    public static async Task<MosquittoBroker> StartAsync(CancellationToken cancellationToken)
    {
        string program = Find();
        var endPoint = FreeEndPoint();
        string configuration = Path.GetTempFileName();
        await File.WriteAllTextAsync(configuration, $"""
            listener {endPoint.Port} {endPoint.Address}
            allow_anonymous true
            persistence false
            log_type error
            max_inflight_messages 0
            max_queued_messages 0

            """, cancellationToken);
        var broker = new MosquittoBroker(ServerProcess.Start("mosquitto", program, "-c", configuration), endPoint, configuration);
        try
        {
            await WhenListeningAsync(broker.Process, endPoint, cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="BenchException">It is not installed.</exception>
    public static string Version() =>
        // mosquitto version 2.0.11
        Tool.FirstLine(Find(), "/", "-h")?.Split(' ')[^1] ?? "of an unknown version";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(configuration);
    }

    private static string Find() => Array.Find(s_places, File.Exists)
        ?? throw new BenchException("Mosquitto, which StepCloud is compared with, is not installed. On Debian: apt-get install --no-install-recommends mosquitto");

    private static IPEndPoint FreeEndPoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }
}
