using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>`stepcloud-silo run`, which `./run --cluster 3` becomes.</summary>
public sealed partial class RunCommandTests
{
    [Fact]
    public async Task Everything_starts_a_node_that_is_killed_comes_back_and_nothing_is_left_behind()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram run = Start(folder, "--cluster", "3");
        await run.LineAsync("Caddy on");
        await run.LineAsync("nodes 3, gateways online 3");
        MatchCollection http = Address().Matches(await run.LineAsync("HTTP on"));
        http.Count.ShouldBe(6, "three of HTTP, three of MQTT");

        int victim = NodesOf(folder)[0];
        using (global::System.Diagnostics.Process.Start("kill", ["-KILL", victim.ToString(CultureInfo.InvariantCulture)]))
            await Eventually.HoldsAsync(() => run.Errors.Any(line => line.Contains("has ended; it is started again", StringComparison.Ordinal)), "its end is seen");
        await Eventually.HoldsAsync(() => NodesOf(folder).Count == 2 && run.Output[^1].Contains("nodes 3, gateways online 3", StringComparison.Ordinal), "the node is there again");

        run.Signal("INT");
        (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        run.Output[^1].ShouldMatch(@"^stored [1-9]\d* steps, [1-9]\d* samples; 0 lost, 0 duplicate$");
        await Eventually.HoldsAsync(() => NodesOf(folder).Count == 0, "no node is left behind");
        foreach (Match address in http)
        {
            using TcpClient client = new();
            await Should.ThrowAsync<SocketException>(() => client.ConnectAsync("127.0.0.1", int.Parse(address.Groups["port"].Value, CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public async Task A_number_of_nodes_that_cannot_be_is_said()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram run = Start(folder, "--cluster", "4");
        (await run.ExitCodeAsync()).ShouldBe(2);
        run.Errors.ShouldContain(line => line.Contains("--cluster: '4' is not between 1 and 3"), run.ToString());
    }

    private static BuiltProgram Start(TemporaryFolder folder, params string[] options) => BuiltProgram.StartSilo(
        ["run", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0", "--https-port", "0", .. options], ("Passwords__MemoryMiB", "19"));

    /// <summary>Processes of nodes beside the first.</summary>
    private static List<int> NodesOf(TemporaryFolder folder) =>
    [
        .. from process in Directory.EnumerateDirectories("/proc")
           let name = Path.GetFileName(process)
           where name.All(char.IsAsciiDigit) && Command(process) is { } command && command.Contains("stepcloud-silo\0serve", StringComparison.Ordinal)
               && command.Contains(folder.Path, StringComparison.Ordinal) && !command.StartsWith("sh\0", StringComparison.Ordinal)
           select int.Parse(name, CultureInfo.InvariantCulture),
    ];

    private static string? Command(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex("127.0.0.1:(?<port>[0-9]+)", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
