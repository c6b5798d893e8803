using Shouldly;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Telemetry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class GatewayTelemetryTests : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private readonly MemoryRegistry _registry = new();
    private readonly MemoryTelemetry _telemetry = new();
    private readonly MemoryPresence _presence = new();
    private readonly RecordedNews _news = new();
    private readonly MemoryCommands _commands = new();
    private readonly GatewayRecord _gateway;
    private readonly DeviceId _device;
    private GatewayActor _actor = null!;

    public GatewayTelemetryTests()
    {
        _gateway = _registry.AddGateway(_clock);
        _device = _registry.AddDevice(_gateway, _clock);
    }

    public Task InitializeAsync() => ActivateAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_is_of_its_devices_is_stored_and_told_of_after_the_commit()
    {
        TelemetryElement foreign = Element() with { Device = DeviceId.New(_clock) };
        IReadOnlyList<TelemetryOutcome> outcomes = await _actor.ReportAsync([Element(), foreign], CancellationToken.None);
        outcomes[0].ShouldBeOfType<TelemetryOutcome.Stored>();
        outcomes[1].ShouldBeOfType<TelemetryOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.UnknownDevice);
        DeviceNews told = _news.All.ShouldHaveSingleItem();
        (told.Kind, told.Site, told.Gateway).ShouldBe((DeviceNewsKind.TelemetryCommitted, _gateway.Site, _gateway.Id));
        told.Devices.ShouldBe([_device]);
    }

    [Fact]
    public async Task A_revoked_gateway_stores_nothing()
    {
        _registry.Gateways[_gateway.Id] = _gateway with { Revoked = true };
        await ActivateAsync();
        (await _actor.ReportAsync([Element()], CancellationToken.None)).ShouldHaveSingleItem()
            .ShouldBeOfType<TelemetryOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.GatewayRevoked);
        _telemetry.Elements.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_offset_of_its_clock_is_written_down_at_once_when_it_moves_and_else_once_a_minute()
    {
        await ReportAsync(behind: 10);
        Offset().ShouldBe(10);
        for (int i = 0; i < 5; i++) await ReportAsync(behind: 9.9);
        _presence.Readings.Count.ShouldBe(1);
        await ReportAsync(behind: 9);
        Offset().ShouldBe(9);
        await ReportAsync(behind: 8.8);
        Offset().ShouldBe(9, "it moved by less than half a second");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ReportAsync(behind: 9);
        Offset().ShouldBe(8.8);
        _presence.Readings.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_step_that_ends_after_it_came_shows_that_the_clock_is_ahead()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        await _actor.AcceptAsync([Steps.Of(_device) with { Started = now, Ended = now.AddSeconds(40) }], CancellationToken.None);
        Offset().ShouldBe(-40);
        _presence.Rows[_gateway.Id].LastStepAt.ShouldBe(now);
    }

    [Fact]
    public async Task A_step_that_waited_for_its_sending_says_nothing_of_the_clock()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        await _actor.AcceptAsync([Steps.Of(_device) with { Started = now.AddDays(-2), Ended = now.AddDays(-2) }], CancellationToken.None);
        _presence.Rows[_gateway.Id].Clock.ShouldBeNull();
    }

    [Fact]
    public async Task An_activation_knows_the_connection_that_was_open_before_it()
    {
        await _actor.ConnectedAsync(new GatewayConnection("one", "MQTT 5.0", "", false), CancellationToken.None);
        await ActivateAsync();
        await _actor.DisconnectedAsync("one", CancellationToken.None);
        _presence.Rows[_gateway.Id].IsOnline.ShouldBeFalse();
        _news.All.Select(news => news.Kind).ShouldBe([DeviceNewsKind.PresenceChanged, DeviceNewsKind.PresenceChanged]);
    }

    private double Offset() => _presence.Rows[_gateway.Id].Clock!.Offset.TotalSeconds;

    private Task ReportAsync(double behind) => _actor.ReportAsync([Element() with { Sent = _clock.GetUtcNow().AddSeconds(-behind) }], CancellationToken.None);

    private TelemetryElement Element()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        return new TelemetryElement(TelemetryId.New(now), _device, now, DeviceActivity.Idle, null, null, [], "{}");
    }

    private Task ActivateAsync()
    {
        _actor = TestActors.Gateway(_gateway.Id, _registry, _commands, _clock, telemetry: _telemetry, presence: _presence, news: _news);
        return _actor.ActivateAsync(CancellationToken.None);
    }
}
