using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Demo;

/// <summary>Caddy in front of the servers on loopback, with the very Caddyfile that an installation has, and a certificate of its own authority.</summary>
internal sealed class CaddyFront : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Whoever else has the port may accept connections and say nothing.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Longer than the Caddyfile's `grace_period`.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly Companion _caddy;
    private readonly TimeProvider _clock;

    private CaddyFront(Companion caddy, int port, string data, TimeProvider clock)
    {
        _caddy = caddy;
        _clock = clock;
        Address = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}");
        RootCertificate = Path.Combine(data, "caddy", "pki", "authorities", "local", "root.crt");
    }

    /// <summary>Such as `https://localhost:8443`.</summary>
    public string Address { get; }

    /// <summary>The file that clients have to be given, so that they believe the certificate.</summary>
    public string RootCertificate { get; }

    /// <param name="servers">Such as `http://127.0.0.1:8080`.</param>
    /// <param name="port">0 lets the system choose.</param>
    /// <param name="data">Where Caddy keeps its authority and its log.</param>
    /// <exception cref="StartException">It is not installed, or does not start.</exception>
    public static async Task<CaddyFront> StartAsync(IEnumerable<string> servers, int port, string data, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Find("caddy") is not { } program) throw new StartException("Caddy is not installed. On Debian: apt-get install caddy");
        data = Path.GetFullPath(data);
        Directory.CreateDirectory(data);
        string log = Path.Combine(data, "caddy.log");
        // Of this run alone: every request is in it.
        File.Delete(log);
        if (port == 0) port = LoopbackPorts.Free();
        string upstreams = string.Join(' ', servers.Select(server => new Uri(server).Authority));
        Companion caddy = Companion.Start(
            log, program, ["run", "--adapter", "caddyfile", "--config", Path.Combine(AppContext.BaseDirectory, "Caddyfile")],
            environment => Configure(environment, upstreams, port, data), StopTimeout, clock);
        CaddyFront front = new(caddy, port, data, clock);
        if (await front.ListensAsync(port, cancellationToken)) return front;
        await front.DisposeAsync();
        throw new StartException($"Caddy does not listen on port {port}; see {log}.");
    }

    /// <summary>Completes when it has ended.</summary>
    public Task WhenEndedAsync(CancellationToken cancellationToken) => _caddy.WhenEndedAsync(cancellationToken);

    public ValueTask DisposeAsync() => _caddy.DisposeAsync();

    private static void Configure(IDictionary<string, string> environment, string upstreams, int port, string data)
    {
        foreach (string secret in environment.Keys.Where(name => name.StartsWith("STEPCLOUD_DATABASE", StringComparison.Ordinal) || name.StartsWith("STEPCLOUD_MASTER", StringComparison.Ordinal)).ToArray())
            environment.Remove(secret);
        environment["STEPCLOUD_SITE"] = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}");
        environment["STEPCLOUD_HTTP_PORT"] = LoopbackPorts.Free().ToString(CultureInfo.InvariantCulture);
        environment["STEPCLOUD_BIND"] = IPAddress.Loopback.ToString();
        environment["STEPCLOUD_TLS"] = "internal";
        environment["STEPCLOUD_UPSTREAMS"] = upstreams;
        environment["STEPCLOUD_CADDY_ADMIN"] = "off";
        environment["XDG_DATA_HOME"] = environment["XDG_CONFIG_HOME"] = data;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        long started = _clock.GetTimestamp();
        while (!_caddy.HasEnded && _clock.GetElapsedTime(started) < StartTimeout)
        {
            if (File.Exists(RootCertificate) && await AnswersAsync(port, cancellationToken)) return true;
            await Task.Delay(TimeSpan.FromMilliseconds(100), _clock, cancellationToken);
        }

        return false;
    }

    /// <summary>Whether it is this Caddy that listens there: somebody else's program has no certificate of its authority.</summary>
    private async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(AnswerTimeout);
        try
        {
            X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(RootCertificate));
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            await using SslStream tls = new(client.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust }, patience.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or CryptographicException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
