using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Sim.Commands;

/// <summary>A scripted server and a data folder for the real program.</summary>
internal sealed class SimFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SimFixture(ScriptedTokens tokens) => Tokens = tokens;

    public ScriptedTokens Tokens { get; }

    public ScriptedServer Server { get; } = new();

    public string Data => _folder["data"];

    public string[] ServerOptions => ["--server", Tokens.Address.ToString(), "--mqtt", $"127.0.0.1:{Server.Address.Port}", "--data", Data];

    /// <summary>As the server, but on ports where nobody listens.</summary>
    public string[] NobodyOptions => ["--server", "http://127.0.0.1:9", "--mqtt", "127.0.0.1:9", "--data", Data];

    public static async Task<SimFixture> StartAsync() => new(await ScriptedTokens.StartAsync());

    public string WriteFile(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }

    public GatewayId Enroll()
    {
        using DataFolder data = DataFolder.Open(Data);
        GatewayId id = new(Guid.NewGuid());
        data.Add(new GatewayCredentials(id, "Gateway", Tokens.NewFamily(), FakeClock.Start));
        return id;
    }

    public string OutboxOf(GatewayId gateway) => Path.Combine(Data, "gateways", gateway.ToString(), "outbox");

    /// <summary>The JSON of each step that the server got, in order, repeats included.</summary>
    public IEnumerable<string> ReceivedSteps()
    {
        foreach (Received message in Server.StepMessages)
        {
            JsonElement root = JsonDocument.Parse(message.Payload).RootElement;
            foreach (JsonElement step in root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToArray() : [root])
                yield return step.GetRawText();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Tokens.DisposeAsync();
        _folder.Dispose();
    }
}
