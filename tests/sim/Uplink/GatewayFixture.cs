using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Machines;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Running;
using StepCloud.GatewaySim.Server;
using StepCloud.GatewaySim.Uplink;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Sim.Uplink;

/// <summary>One real gateway between a scripted HTTP and a scripted MQTT server, with a data folder of its own.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DataFolder _data;
    private readonly HttpClient _http;
    private Task _uplink = Task.CompletedTask;

    private GatewayFixture(ScriptedTokens tokens, MqttVersion version, TimeSpan noticeMax)
    {
        Tokens = tokens;
        _data = DataFolder.Open(_folder.Path);
        _http = new HttpClient { BaseAddress = tokens.Address };
        GatewayFolder folder = _data.Add(new GatewayCredentials(new GatewayId(Guid.NewGuid()), "Gateway", tokens.NewFamily(), FakeClock.Start));
        UplinkOptions options = new([Server.Address], version, StepsPerMessageMax: 10)
        {
            ReconnectFirst = TimeSpan.FromMilliseconds(20),
            ReconnectMax = TimeSpan.FromMilliseconds(100),
            RenewalIntervalMin = TimeSpan.FromMilliseconds(50),
            NoticeMax = noticeMax,
            GoodbyeMax = Patience,
        };
        Gateway = SimulatedGateway.Open(
            folder, new GatewaySetup(new ServerApi(_http), options, OutboxOptions.Default, Tally, TimeProvider.System, NullLogger.Instance));
        Device = Gateway.Devices.Meet(MachineKind.EnergyPlug);
    }

    public ScriptedTokens Tokens { get; }

    public ScriptedServer Server { get; } = new();

    public SimulatedGateway Gateway { get; }

    public DeviceId Device { get; }

    public Tally Tally { get; } = new();

    /// <summary>The ids of the steps that the server got, in order, repeats included.</summary>
    public IEnumerable<string> ReceivedIds => Server.StepMessages.SelectMany(IdsOf);

    public IEnumerable<string> Ledger => File.ReadLines(Gateway.Folder.LedgerPath);

    /// <param name="noticeMax">Long when not given: a test that does not wait for it must not end it either, on however busy a machine.</param>
    public static async Task<GatewayFixture> StartAsync(MqttVersion version = MqttVersion.V500, TimeSpan? noticeMax = null) =>
        new(await ScriptedTokens.StartAsync(), version, noticeMax ?? Patience);

    public static IEnumerable<string> IdsOf(Received message)
    {
        JsonElement root = JsonDocument.Parse(message.Payload).RootElement;
        JsonElement[] steps = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
        return steps.Select(step => step.GetProperty("id").GetString()!);
    }

    public async Task<List<string>> MakeAsync(int count)
    {
        List<string> ids = [];
        for (int i = 0; i < count; i++)
        {
            StepEvent step = new StepDraft($"Step {i}", TimeSpan.FromSeconds(1)).Singular("n", "", i).At(TimeProvider.System.GetUtcNow(), Device, 1);
            await Gateway.MakeAsync(step, CancellationToken.None);
            ids.Add(step.Id.ToString());
        }
        return ids;
    }

    public void Connect() => _uplink = Task.Run(() => Gateway.RunUplinkAsync(_stop.Token));

    public Task DeliveredAsync() => Eventually.HoldsAsync(() => Gateway.Undelivered == 0, "everything was delivered");

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _uplink.WaitAsync(2 * Patience);
        _uplink = Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Gateway.DisposeAsync();
        await Server.DisposeAsync();
        await Tokens.DisposeAsync();
        _http.Dispose();
        _data.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }
}
