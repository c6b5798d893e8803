using Shouldly;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Unit.Actors;

public sealed class GatewayActorTests : IAsyncLifetime
{
    private static readonly SessionOrigin Origin = new("127.0.0.1", "test");

    private static readonly AuditDoer Somebody = AuditDoer.Nobody(Origin);

    private readonly FakeClock _clock = new();
    private readonly MemoryRegistry _registry = new();
    private readonly MemoryEvents _events = new();
    private readonly MemorySessions _sessions = new();
    private readonly MemoryPresence _presence = new();
    private readonly MemoryTelemetry _telemetry = new();
    private readonly RecordedNews _news = new();
    private readonly RecordedFeed _feed = new();
    private readonly MemoryCommands _commands = new();
    private readonly GatewayRecord _gateway;
    private readonly DeviceId _device;
    private GatewayActor _actor = null!;

    public GatewayActorTests()
    {
        _gateway = _registry.AddGateway(_clock);
        _device = _registry.AddDevice(_gateway, _clock);
    }

    private readonly MemoryAllowance _allowance = new();

    public Task InitializeAsync()
    {
        _actor = TestActors.Gateway(_gateway.Id, _registry, _commands, _clock, _sessions, _events, _allowance, _telemetry, _presence, _feed, _news);
        return _actor.ActivateAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task When_the_plan_has_no_room_nothing_is_committed_and_only_what_was_committed_is_counted()
    {
        await AcceptAsync(Steps.Of(_device), Steps.Of(DeviceId.New(_clock)));
        _allowance.Counted.ShouldBe(1);
        _allowance.Refusal = new Refusal(RefusalCode.QuotaReached, "No room.");
        StepOutcome outcome = (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem();
        outcome.ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.QuotaReached);
        _allowance.Counted.ShouldBe(1);
    }

    [Fact]
    public async Task Steps_of_its_own_site_are_stored_and_the_device_is_told()
    {
        StepOutcome outcome = (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem();
        outcome.ShouldBe(new StepOutcome.Stored(10));
        (DeviceId device, CommittedSteps committed) = _feed.Notices.ShouldHaveSingleItem();
        device.ShouldBe(_device);
        committed.After.ShouldBeNull();
        committed.Steps.ShouldHaveSingleItem().Position.ShouldBe(10);
    }

    [Fact]
    public async Task A_strange_device_is_refused_by_name_and_the_others_are_stored()
    {
        DeviceId unknown = DeviceId.New(_clock);
        DeviceId foreign = DeviceId.New(_clock);
        _registry.Devices[foreign] = new DeviceRecord(foreign, SiteId.New(_clock), GatewayId.New(_clock));

        IReadOnlyList<StepOutcome> outcomes = await AcceptAsync(Steps.Of(unknown), Steps.Of(_device), Steps.Of(foreign));

        outcomes[0].ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.UnknownDevice);
        outcomes[1].ShouldBeOfType<StepOutcome.Stored>();
        outcomes[2].ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.ForeignDevice);
        _events.Steps.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_device_that_another_gateway_of_the_site_announced_since_is_known()
    {
        DeviceId late = DeviceId.New(_clock);
        _registry.Devices[late] = new DeviceRecord(late, _gateway.Site, GatewayId.New(_clock));
        (await AcceptAsync(Steps.Of(late))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
    }

    [Fact]
    public async Task Of_a_device_in_the_archive_what_was_made_before_is_taken()
    {
        (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
        StepEvent step = Steps.Of(_device);
        _registry.Devices[_device] = _registry.Devices[_device] with { ArchivedAt = step.Ended };
        _registry.ArchiveVersion++;

        IReadOnlyList<StepOutcome> outcomes = await AcceptAsync(step, Steps.Of(_device) with { Ended = step.Ended.AddSeconds(1) });

        outcomes[0].ShouldBeOfType<StepOutcome.Stored>();
        outcomes[1].ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.DeviceArchived);
    }

    [Fact]
    public async Task Each_notice_says_what_came_before_it()
    {
        await AcceptAsync(Steps.Of(_device, 1), Steps.Of(_device, 2));
        await AcceptAsync(Steps.Of(_device, 3));
        _feed.Notices.Select(notice => notice.Committed.After).ShouldBe([null, 20]);
    }

    [Fact]
    public async Task After_a_resend_the_device_is_asked_to_look_for_itself()
    {
        StepEvent step = Steps.Of(_device, 1);
        await AcceptAsync(step);
        (await AcceptAsync(step)).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.AlreadyStored>();
        await AcceptAsync(Steps.Of(_device, 2));
        _feed.Notices.Select(notice => notice.Committed.After).ShouldBe([null, null, null]);
    }

    [Fact]
    public async Task A_revoked_gateway_may_nothing()
    {
        _registry.Gateways[_gateway.Id] = _gateway with { Revoked = true };
        (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None)).ShouldBeNull();
        (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem()
            .ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.GatewayRevoked);
        (await _actor.AnnounceAsync([new DeviceAnnouncement(_device, "a", "b", "c", "d")], Origin, CancellationToken.None))
            .ShouldHaveSingleItem().ShouldBeOfType<AnnounceOutcome.Refused>();
    }

    [Fact]
    public async Task A_transferred_gateway_is_judged_by_its_new_site_from_then_on()
    {
        SiteId site = SiteId.New(_clock);
        _registry.Sites.Add(site);
        DeviceId there = DeviceId.New(_clock);
        _registry.Devices[there] = new DeviceRecord(there, site, GatewayId.New(_clock));
        (await AcceptAsync(Steps.Of(there))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Refused>();

        (await _actor.TransferAsync(site, Somebody, CancellationToken.None)).ShouldBeOfType<ChangeGatewayOutcome.Changed>().Gateway.Site.ShouldBe(site);

        (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.ForeignDevice);
        (await AcceptAsync(Steps.Of(there))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
        (await _actor.TransferAsync(SiteId.New(_clock), Somebody, CancellationToken.None)).ShouldBe(ChangeGatewayOutcome.UnknownSite.Instance);
        (await AcceptAsync(Steps.Of(there, 2))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
    }

    [Fact]
    public async Task An_unpaired_gateway_is_refused_in_the_very_next_turn_and_taken_again_after_its_next_pairing()
    {
        await _actor.UnpairAsync(Somebody, CancellationToken.None);
        (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.GatewayRevoked);
        (await _actor.StartSessionAsync(Somebody, CancellationToken.None)).ShouldBeNull();

        // As a confirmed pairing leaves it, on another site even.
        SiteId site = SiteId.New(_clock);
        _registry.Gateways[_gateway.Id] = _gateway with { Site = site };
        (await _actor.StartSessionAsync(Somebody, CancellationToken.None)).ShouldNotBeNull();
        (await AcceptAsync(Steps.Of(_device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Refused>().Refusal.Code.ShouldBe(RefusalCode.ForeignDevice);
    }

    [Fact]
    public async Task A_late_end_of_an_old_connection_does_not_touch_the_new_one()
    {
        await _actor.ConnectedAsync(new GatewayConnection("old", "MQTT 5.0", "", false), CancellationToken.None);
        await _actor.ConnectedAsync(new GatewayConnection("new", "MQTT 5.0", "", false), CancellationToken.None);
        await _actor.DisconnectedAsync("old", CancellationToken.None);
        _presence.Rows[_gateway.Id].Connection.ShouldBe("new");
        await _actor.DisconnectedAsync("new", CancellationToken.None);
        _presence.Rows[_gateway.Id].IsOnline.ShouldBeFalse();
    }

    [Fact]
    public async Task A_new_pairing_ends_the_old_session()
    {
        SessionGrant first = (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None))!;
        await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None);
        (await _actor.RefreshAsync(first.RefreshToken, Origin, CancellationToken.None)).ShouldBeOfType<RefreshOutcome.Refused>();
    }

    [Fact]
    public async Task A_lost_answer_to_a_refresh_is_repeated_for_a_minute()
    {
        string token = (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None))!.RefreshToken;
        string successor = (await RefreshAsync(token)).ShouldBeOfType<RefreshOutcome.Granted>().Grant.RefreshToken;
        _clock.Advance(TimeSpan.FromSeconds(60));
        (await RefreshAsync(token)).ShouldBeOfType<RefreshOutcome.Granted>().Grant.RefreshToken.ShouldBe(successor);
        (await RefreshAsync(successor)).ShouldBeOfType<RefreshOutcome.Granted>();
    }

    [Fact]
    public async Task A_refresh_token_used_a_second_time_later_ends_the_family()
    {
        SessionGrant grant = (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None))!;
        string successor = (await RefreshAsync(grant.RefreshToken)).ShouldBeOfType<RefreshOutcome.Granted>().Grant.RefreshToken;
        _clock.Advance(TimeSpan.FromSeconds(61));
        (await RefreshAsync(grant.RefreshToken)).ShouldBeOfType<RefreshOutcome.Reused>();
        _sessions.Ended[grant.Session].ShouldBe("refresh_token_reused");
        _sessions.Doers[^1].ShouldBe(AuditDoer.Nobody(Origin), "which of the two holders came is not known");
        (await RefreshAsync(successor)).ShouldBeOfType<RefreshOutcome.Refused>();
    }

    [Fact]
    public async Task A_token_from_before_the_last_one_ends_the_family_even_at_once()
    {
        string first = (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None))!.RefreshToken;
        string second = (await RefreshAsync(first)).ShouldBeOfType<RefreshOutcome.Granted>().Grant.RefreshToken;
        await RefreshAsync(second);
        (await RefreshAsync(first)).ShouldBeOfType<RefreshOutcome.Reused>();
    }

    [Fact]
    public async Task A_gateway_silent_for_ninety_days_pairs_again()
    {
        string token = (await _actor.StartSessionAsync(AuditDoer.Nobody(Origin), CancellationToken.None))!.RefreshToken;
        _clock.Advance(TimeSpan.FromDays(90));
        (await RefreshAsync(token)).ShouldBeOfType<RefreshOutcome.Refused>();
    }

    private Task<RefreshOutcome> RefreshAsync(string token) => _actor.RefreshAsync(token, Origin, CancellationToken.None);

    private Task<IReadOnlyList<StepOutcome>> AcceptAsync(params StepEvent[] steps) => _actor.AcceptAsync(steps, CancellationToken.None);
}
