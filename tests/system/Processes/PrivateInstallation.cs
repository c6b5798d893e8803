using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.System.Processes;

/// <summary>An installation with its private database, as `stepcloud serve` makes it, and the commands beside it.</summary>
internal sealed class PrivateInstallation : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Data => _folder["data"];

    public string MasterKeyFile => Path.Combine(Data, "master.key");

    public BuiltProgram Serve() => BuiltProgram.StartServer(["serve", "--http-port", "0", "--mqtt-port", "0", "--data", Data]);

    public async Task<BuiltProgram> StartedAsync()
    {
        BuiltProgram server = Serve();
        await server.LineAsync("HTTP on");
        return server;
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>Its result.</returns>
    public async Task<JsonElement> JsonAsync(params string[] command)
    {
        await using BuiltProgram program = Command([.. command, "--json"]);
        (await program.ExitCodeAsync()).ShouldBe(0, program.ToString());
        return JsonDocument.Parse(program.Output.ShouldHaveSingleItem()).RootElement;
    }

    public BuiltProgram Command(params string[] command) => BuiltProgram.StartServer([.. command, "--data", Data]);

    public void Dispose() => _folder.Dispose();
}
