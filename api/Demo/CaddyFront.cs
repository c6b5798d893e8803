using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Demo;

/// <summary>Caddy in front of the server on loopback, with the very Caddyfile that an installation has, and a certificate of its own authority.</summary>
/// <remarks>
/// A shell in a session of its own runs it, and ends it as soon as its standard input closes: so it goes with this process, `kill -9` included, and
/// Ctrl-C does not end it before its turn.
/// </remarks>
internal sealed class CaddyFront : IAsyncDisposable
{
    private const string Script = """
        exec >"$1" 2>&1 3<&0
        shift
        "$@" </dev/null 3<&- &
        caddy=$!
        { read -r line; kill -TERM "$caddy"; } <&3 &
        wait "$caddy"
        status=$?
        kill "$!"
        exit "$status"
        """;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Longer than the Caddyfile's `grace_period`.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly TimeProvider _clock;

    private CaddyFront(Process process, int port, string data, TimeProvider clock)
    {
        _process = process;
        _clock = clock;
        Address = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}");
        RootCertificate = Path.Combine(data, "caddy", "pki", "authorities", "local", "root.crt");
    }

    /// <summary>Such as `https://localhost:8443`.</summary>
    public string Address { get; }

    /// <summary>The file that clients have to be given, so that they believe the certificate.</summary>
    public string RootCertificate { get; }

    /// <param name="port">0 lets the system choose.</param>
    /// <param name="data">Where Caddy keeps its authority and its log.</param>
    /// <exception cref="StartException">It is not installed, or does not start.</exception>
    public static async Task<CaddyFront> StartAsync(StepCloudServer server, int port, string data, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Find("caddy") is not { } program) throw new StartException("Caddy is not installed. On Debian: apt-get install caddy");
        data = Path.GetFullPath(data);
        Directory.CreateDirectory(data);
        string log = Path.Combine(data, "caddy.log");
        ProcessStartInfo info = new("setsid", ["sh", "-c", Script, "stepcloud-caddy", log, program, "run", "--adapter", "caddyfile", "--config", Path.Combine(AppContext.BaseDirectory, "Caddyfile")])
        {
            UseShellExecute = false, RedirectStandardInput = true,
        };
        if (port == 0) port = FreePort();
        Configure(info.Environment!, new Uri(server.HttpAddress).Authority, port, data);
        CaddyFront front = new(Process.Start(info)!, port, data, clock);
        if (await front.ListensAsync(port, cancellationToken)) return front;
        await front.DisposeAsync();
        throw new StartException($"Caddy does not listen on port {port}; see {log}.");
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.StandardInput.Close();
            using CancellationTokenSource patience = new(StopTimeout, _clock);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
    }

    private static void Configure(IDictionary<string, string> environment, string upstream, int port, string data)
    {
        foreach (string secret in environment.Keys.Where(name => name.StartsWith("STEPCLOUD_DATABASE", StringComparison.Ordinal) || name.StartsWith("STEPCLOUD_MASTER", StringComparison.Ordinal)).ToArray())
            environment.Remove(secret);
        environment["STEPCLOUD_SITE"] = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}");
        environment["STEPCLOUD_HTTP_PORT"] = FreePort().ToString(CultureInfo.InvariantCulture);
        environment["STEPCLOUD_BIND"] = IPAddress.Loopback.ToString();
        environment["STEPCLOUD_TLS"] = "internal";
        environment["STEPCLOUD_UPSTREAMS"] = upstream;
        environment["STEPCLOUD_CADDY_ADMIN"] = "off";
        environment["XDG_DATA_HOME"] = environment["XDG_CONFIG_HOME"] = data;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        long started = _clock.GetTimestamp();
        while (!_process.HasExited && _clock.GetElapsedTime(started) < StartTimeout)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                // Somebody else's port also answers; then Caddy ends at once.
                if (File.Exists(RootCertificate)) return !_process.HasExited;
            }
            catch (SocketException)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, cancellationToken);
        }

        return false;
    }
}
