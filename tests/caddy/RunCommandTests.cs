using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>`stepcloud run --caddy`, which `./run --caddy` becomes.</summary>
public sealed partial class RunCommandTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task It_serves_HTTPS_with_the_authority_it_names_and_leaves_no_Caddy_behind(string signal)
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await using BuiltProgram run = BuiltProgram.StartServer(
            ["run", "--caddy", "--https-port", "0", "--no-sim", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0"],
            ("STEPCLOUD_DATABASE", database.ConnectionString), ("Passwords__MemoryMiB", "19"));
        Match told = Told().Match(await run.LineAsync("Caddy on"));
        told.Success.ShouldBeTrue(run.ToString());
        using HttpClient http = new(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = Trusting(told.Groups["root"].Value) } });
        (await http.GetStringAsync($"{told.Groups["address"].Value}/openapi/user.json")).ShouldContain("StepCloud");

        run.Signal(signal);
        int exitCode = await run.ExitCodeAsync();
        if (signal == "INT") exitCode.ShouldBe(0, run.ToString());
        await Eventually.HoldsAsync(() => CaddysOf(folder.Path) == 0, "Caddy has ended with it");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        using global::System.Net.Sockets.TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using BuiltProgram run = BuiltProgram.StartServer(
            ["run", "--caddy", "--https-port", $"{port}", "--no-sim", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0"],
            ("STEPCLOUD_DATABASE", database.ConnectionString), ("Passwords__MemoryMiB", "19"));
        (await run.ExitCodeAsync()).ShouldBe(1);
        run.Errors.ShouldContain(line => line.Contains($"Caddy does not listen on port {port}"), run.ToString());
    }

    /// <summary>Processes whose data is in that folder.</summary>
    private static int CaddysOf(string folder) => Directory.EnumerateDirectories("/proc").Count(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim() == "caddy" && File.ReadAllText(Path.Combine(process, "environ")).Contains($"XDG_DATA_HOME={folder}/", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private static X509ChainPolicy Trusting(string root)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(root));
        return policy;
    }

    [GeneratedRegex("^Caddy on (?<address>https://localhost:[0-9]+); its authority's certificate is (?<root>/.*)$", RegexOptions.None, 1000)]
    private static partial Regex Told();
}
