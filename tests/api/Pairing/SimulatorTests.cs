using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>The whole grant with the simulator's own process as the gateway.</summary>
[Collection(ApiTests.Name)]
public sealed class SimulatorTests(ApiServer server)
{
    [Fact]
    public async Task A_simulated_gateway_is_paired_and_paired_again_with_the_id_it_has()
    {
        using TemporaryFolder folder = new();
        (string id, string name) = await PairAsync(folder, "Box");
        name.ShouldBe("Box");
        string first = RefreshToken(folder, id);

        (string again, name) = await PairAsync(folder, "Box, mended", "--gateway", id);
        (again, name).ShouldBe((id, "Box, mended"));
        await server.Anonymous.TryRefreshAsync(first, "/gateway/api/v1").ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.Anonymous.TryRefreshAsync(RefreshToken(folder, id), "/gateway/api/v1").ShouldAnswerAsync(200);
    }

    private async Task<(string Id, string Name)> PairAsync(TemporaryFolder folder, string name, params string[] more)
    {
        // A process of its own, as it was built beside the tests.
        ProcessStartInfo start = new(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "gateway-sim.dll"), "pair", "--server", server.HttpAddress.ToString(), "--data", folder.Path, .. more])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process simulator = Process.Start(start)!;
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
        string code = (await simulator.StandardOutput.ReadLineAsync(patience.Token)).ShouldNotBeNull().Split(' ')[1];
        await (await server.OwnerAsync()).PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(code, server.Own.Site, name)).ShouldAnswerAsync(200);
        string[] paired = (await simulator.StandardOutput.ReadLineAsync(patience.Token)).ShouldNotBeNull().Split(' ', 3);
        await simulator.WaitForExitAsync(patience.Token);
        simulator.ExitCode.ShouldBe(0);
        return (paired[1], paired[2].Trim('(', ')'));
    }

    private static string RefreshToken(TemporaryFolder folder, string id) =>
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "gateways", id, "credentials.json")))!["refresh_token"]!;
}
