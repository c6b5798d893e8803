using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Live;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Live;

/// <summary>A second process that only reads shows what the first one stores; a thousand who watch cost the database what one costs, and one who does not read nobody anything.</summary>
[Collection(ApiTests.Name)]
public sealed class ManyWatchersTests(ApiServer server) : IAsyncLifetime
{
    private const int Many = 1000;

    private readonly TemporaryFolder _folder = new();
    private StepCloudServer _reader = null!;

    public async Task InitializeAsync() => _reader = await ApiServer.StartServerAsync(
        server.Database.ConnectionString, ("Server:Role", "reader"), ("Server:Data", _folder.Path), ("Live:StreamsPerUserMax", "2000"),
        ("Live:StreamsPerOrganizationMax", "2000"));

    public async Task DisposeAsync()
    {
        await _reader.DisposeAsync();
        _folder.Dispose();
    }

    private Uri Address => new(_reader.HttpAddress);

    private LiveFigures Figures => _reader.Services.GetRequiredService<LiveFigures>();

    [Fact]
    public async Task A_thousand_who_watch_a_device_see_everything_and_cost_as_many_reads_as_one()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        string token = (await server.OwnerAsync()).Token!, path = $"/api/v1/devices/{device}/live";
        await using LiveReader first = await LiveReader.OpenAsync(Address, token, path);
        await first.NextAsync("state");
        long ofOne = await LooksDuringAsync(gateway, device, [first]);

        List<LiveReader> readers = [first];
        while (readers.Count < Many)
            readers.AddRange(await Task.WhenAll(Enumerable.Range(0, 111).Select(_ => LiveReader.OpenAsync(Address, token, path))));
        (Figures.Streams, Figures.Watched).ShouldBe((readers.Count, 1));
        foreach (LiveReader reader in readers.Skip(1)) await reader.NextAsync("state");
        long ofMany = await LooksDuringAsync(gateway, device, readers);

        // They look by time, twice a second; were it for each who watches, it would be a thousand times as much.
        ofMany.ShouldBeLessThan((ofOne * 5) + 100);
        await Task.WhenAll(readers.Select(reader => reader.DisposeAsync().AsTask()));
        await Eventually.HoldsAsync(() => (Figures.Streams, Figures.Watched) == (0, 0), "nobody watches any more, and nobody looks for nobody");
    }

    [Fact]
    public async Task One_who_does_not_read_is_let_go_and_the_others_see_everything()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        string token = (await server.OwnerAsync()).Token!, path = $"/api/v1/devices/{device}/live";
        await using LiveReader good = await LiveReader.OpenAsync(Address, token, path);
        using TcpClient silent = new() { ReceiveBufferSize = 4096 };
        await silent.ConnectAsync(Address.Host, Address.Port);
        await silent.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Address.Authority}\r\nAuthorization: Bearer {token}\r\n\r\n"));
        await Eventually.HoldsAsync(() => Figures.Streams == 2, "both watch");

        List<Guid> sent = [];
        DateTimeOffset started = TimeProvider.System.GetUtcNow();
        Guid step = Guid.CreateVersion7(started);
        for (int i = 0; i < 120 && Figures.Streams == 2; i++)
        {
            JsonArray elements = [.. Enumerable.Range(0, 8).Select(_ => Large(device, step, started))];
            sent.AddRange(elements.Select(element => TelemetryJson.IdOf(element!)));
            await gateway.ReportAsync(elements).ShouldAnswerAsync(200);
        }

        await Eventually.HoldsAsync(() => Figures.Streams == 1, "the one who does not read is let go");
        foreach (Guid id in sent) (await good.NextAsync("samples")).Subject.ShouldBe(id);
        good.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_reader_tells_states_and_presence()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await gateway.ReportAsync(TelemetryJson.Of(device, "error")).ShouldAnswerAsync(200);
        using HttpClient http = new() { BaseAddress = Address };
        ApiClient user = new(http, (await server.OwnerAsync()).Token);
        ((string?)(await user.GetAsync($"/api/v1/devices/{device}/state").ShouldAnswerAsync(200))["state"]).ShouldBe("error");
        ((bool)(await user.GetAsync($"/api/v1/gateways/{gateway.Id}/status").ShouldAnswerAsync(200))["online"]!).ShouldBeFalse();
    }

    private async Task<long> LooksDuringAsync(TestGateway gateway, DeviceId device, List<LiveReader> readers)
    {
        long before = Figures.Looks;
        for (int i = 0; i < 5; i++)
        {
            JsonObject element = TelemetryJson.Of(device, "idle");
            await gateway.ReportAsync(element).ShouldAnswerAsync(200);
            foreach (LiveReader reader in readers) (await reader.NextAsync("samples")).Subject.ShouldBe(TelemetryJson.IdOf(element));
        }

        return Figures.Looks - before;
    }

    /// <summary>Of about 60 KB.</summary>
    private static JsonObject Large(DeviceId device, Guid step, DateTimeOffset started)
    {
        JsonObject element = TelemetryJson.Running(device, step, started);
        double[] values = [.. Enumerable.Range(0, 2500).Select(i => i + 0.123456789)];
        element["series"] = new JsonArray(StepJson.Series("force", [.. Enumerable.Range(1_000_000, 2500).Select(i => (long)i)], values));
        return element;
    }
}
