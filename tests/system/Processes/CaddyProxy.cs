using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.System.Processes;

/// <summary>The real Caddy with the checkout's Caddyfile, on loopback, in front of one server or of several.</summary>
internal sealed class CaddyProxy : IAsyncDisposable
{
    private const string Program = "/usr/bin/caddy";

    private readonly BuiltProgram _caddy;
    private readonly TemporaryFolder _folder;

    private CaddyProxy(BuiltProgram caddy, TemporaryFolder folder, int httpsPort, int httpPort)
    {
        _caddy = caddy;
        _folder = folder;
        Address = $"https://localhost:{httpsPort}";
        PlainAddress = $"http://localhost:{httpPort}";
        HttpsPort = httpsPort;
    }

    public string Address { get; }

    /// <summary>Where it only redirects.</summary>
    public string PlainAddress { get; }

    public int HttpsPort { get; }

    public Uri WebSocketAddress => new($"wss://localhost:{HttpsPort}/mqtt");

    public string RootCertificatePath => RootCertificateIn(_folder);

    /// <summary>What it wrote of accesses and errors so far.</summary>
    public IEnumerable<string> Log => _caddy.Errors;

    /// <param name="upstreams">Such as `http://127.0.0.1:8080`.</param>
    /// <param name="variables">Of the Caddyfile, beside those that every test has.</param>
    public static async Task<CaddyProxy> StartAsync(IEnumerable<string> upstreams, params (string Name, string Value)[] variables)
    {
        if (!File.Exists(Program)) throw new InvalidOperationException($"There is no {Program}: install Debian's package caddy, as ./test does.");
        TemporaryFolder folder = new();
        int httpsPort = Installation.FreePort(), httpPort = Installation.FreePort();
        BuiltProgram caddy = BuiltProgram.StartInstalled(
            Program,
            ["run", "--adapter", "caddyfile", "--config", Path.Combine(BuiltProgram.Root, "Caddyfile")],
            [
                ("STEPCLOUD_SITE", $"https://localhost:{httpsPort}"), ("STEPCLOUD_HTTP_PORT", $"{httpPort}"), ("STEPCLOUD_BIND", "127.0.0.1"), ("STEPCLOUD_TLS", "internal"),
                ("STEPCLOUD_UPSTREAMS", string.Join(' ', upstreams.Select(upstream => new Uri(upstream).Authority))),
                ("XDG_DATA_HOME", folder.Path), ("XDG_CONFIG_HOME", folder.Path), .. variables,
            ]);
        CaddyProxy proxy = new(caddy, folder, httpsPort, httpPort);
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    if (caddy.HasExited) throw new InvalidOperationException($"Caddy ended.\n{caddy}");
                    return File.Exists(RootCertificateIn(folder)) && await proxy.AnswersAsync();
                },
                "Caddy answers, with a certificate of its authority");
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }

        return proxy;
    }

    /// <summary>A client that believes this Caddy's authority and no other, and comes from that address of loopback. It does not follow redirects.</summary>
    public HttpClient CreateClient(string from = "127.0.0.1") => new(CreateHandler(from)) { BaseAddress = new Uri(Address) };

    /// <inheritdoc cref="CreateClient"/>
    public SocketsHttpHandler CreateHandler(string from = "127.0.0.1") => new()
    {
        AllowAutoRedirect = false,
        SslOptions = { CertificateChainPolicy = Trust() },
        ConnectCallback = async (context, cancellationToken) =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    public async ValueTask DisposeAsync()
    {
        await _caddy.DisposeAsync();
        _folder.Dispose();
    }

    private static string RootCertificateIn(TemporaryFolder folder) => Path.Combine(folder.Path, "caddy", "pki", "authorities", "local", "root.crt");

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using HttpClient http = CreateClient();
            using HttpResponseMessage answer = await http.GetAsync("/health");
            return true;
        }
        // Caddy may be in the middle of writing its certificate.
        catch (Exception e) when (e is HttpRequestException or CryptographicException)
        {
            return false;
        }
    }

    private X509ChainPolicy Trust()
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(RootCertificatePath));
        return policy;
    }
}
