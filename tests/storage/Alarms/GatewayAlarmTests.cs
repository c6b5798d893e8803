using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>When a gateway is silent, to the second, and which gateways are looked at.</summary>
public sealed class GatewayAlarmTests : StoreTests
{
    private const int ForS = 600;

    private Guid Gateway => Organization.Gateway.Id.Value;

    private GatewayAlarms Alarms => new(Installation.Stores, Installation.Clock);

    /// <summary>What is heard of a gateway, and how the tables say that it was at `$2`.</summary>
    public static TheoryData<string, string> Signs => new()
    {
        { "it was made", "UPDATE gateway SET created_at = $2 WHERE id = $1" },
        { "it got a device", "UPDATE device SET created_at = $2 WHERE gateway_id = $1" },
        { "it went", "INSERT INTO gateway_presence (gateway_id, online, since) VALUES ($1, false, $2)" },
        { "its last step", "INSERT INTO gateway_presence (gateway_id, online, last_step_at) VALUES ($1, false, $2)" },
        { "its last step, having gone before", "INSERT INTO gateway_presence (gateway_id, online, since, last_step_at) VALUES ($1, false, $2 - interval '1 hour', $2)" },
        {
            "its last telemetry", """
            INSERT INTO device_state (device_id, organization_id, site_id, gateway_id, state, since, at, sent, telemetry_id, position)
            SELECT id, organization_id, site_id, gateway_id, 2, $2, $2, $2, gen_random_uuid(), 1 FROM device WHERE gateway_id = $1
            """
        },
        { "it was paired", "UPDATE session SET created_at = $2 WHERE holder_id = $1" },
        { "it renewed its token", "UPDATE session SET last_used_at = $2 WHERE holder_id = $1" },
    };

    [Theory]
    [MemberData(nameof(Signs))]
    [InlineData("the rule came into use", "UPDATE alarm_rule SET active_since = $2 WHERE organization_id = (SELECT organization_id FROM gateway WHERE id = $1)")]
    public async Task A_gateway_is_silent_from_the_last_that_was_heard_of_it(string heard, string sql)
    {
        await AddRuleAsync();
        await Database.ExecuteAsync(sql, Gateway, Now);
        await LookAfterAsync(ForS - 1);
        (await OpenAsync()).ShouldBe(0, heard);
        await LookAfterAsync(1);
        AlarmRow alarm = (await ListAsync()).ShouldHaveSingleItem(heard);
        (alarm.State, alarm.RaisedAt, alarm.Gateway, alarm.Device, alarm.Site).ShouldBe(("raised", Now.AddSeconds(ForS), Organization.Gateway.Id, null, Organization.Site));
    }

    [Theory]
    [MemberData(nameof(Signs))]
    public async Task The_figures_of_the_installation_call_a_gateway_silent_by_the_same_signs(string heard, string sql)
    {
        await AgeAsync(Gateway);
        (await CountAsync()).ShouldBe((0, 0, 1, 0), "nothing was heard for two days");
        await Database.ExecuteAsync(sql, Gateway, Now);
        Installation.Clock.Advance(InstallationFigures.SilentAfter - TimeSpan.FromSeconds(1));
        (await CountAsync()).ShouldBe((0, 1, 0, 0), heard);
        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        (await CountAsync()).ShouldBe((0, 0, 1, 0), heard);
        Installation.Clock.Advance(InstallationFigures.GoneAfter);
        (await CountAsync()).ShouldBe((0, 0, 0, 1), heard);
    }

    [Fact]
    public async Task The_figures_count_one_that_is_connected_as_online_and_none_of_an_organization_in_the_archive()
    {
        await AgeAsync(Gateway);
        await Database.ExecuteAsync("INSERT INTO gateway_presence (gateway_id, online, connection, since) VALUES ($1, true, 'x', $2)", Gateway, Now.AddDays(-1));
        (await CountAsync()).ShouldBe((1, 0, 0, 0));
        await Database.ExecuteAsync("UPDATE organization SET archived_at = now(), archived_by = 'system', archive_reason = 'Closed.' WHERE id = $1", Organization.Id.Value);
        (await CountAsync()).ShouldBe((0, 0, 0, 0));
    }

    [Fact]
    public async Task Of_a_gateway_that_came_over_MQTT_the_renewal_of_its_token_is_no_sign()
    {
        await AddRuleAsync();
        await Database.ExecuteAsync("INSERT INTO gateway_presence (gateway_id, online, since) VALUES ($1, false, $2)", Gateway, Now);
        await Database.ExecuteAsync("UPDATE session SET last_used_at = $2 WHERE holder_id = $1", Gateway, Now.AddSeconds(ForS));
        await LookAfterAsync(ForS);
        (await OpenAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task While_it_is_connected_it_is_not_silent_however_little_it_says()
    {
        await AddRuleAsync();
        await Database.ExecuteAsync("INSERT INTO gateway_presence (gateway_id, online, connection, since) VALUES ($1, true, 'x', $2)", Gateway, Now);
        await LookAfterAsync(100 * ForS);
        (await ListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_came_and_went_between_two_looks_was_there()
    {
        await AddRuleAsync();
        await Database.ExecuteAsync("INSERT INTO gateway_presence (gateway_id, online, since) VALUES ($1, false, $2)", Gateway, Now);
        await LookAfterAsync(ForS);
        await Database.ExecuteAsync("UPDATE gateway_presence SET since = $2 WHERE gateway_id = $1", Gateway, Now.AddSeconds(ForS + 5));
        await LookAfterAsync(15);
        AlarmRow cleared = (await ListAsync()).ShouldHaveSingleItem();
        (cleared.State, cleared.ClearedAt, cleared.ClearedBy).ShouldBe(("cleared", Now.AddSeconds(ForS + 5), "state"));
        await LookAfterAsync(ForS);
        (await ListAsync()).Select(alarm => alarm.State).ShouldBe(["raised", "cleared"]);
    }

    [Theory]
    [InlineData("UPDATE gateway SET revoked_at = now() WHERE id = $1")]
    [InlineData("UPDATE gateway SET archived_at = now(), archived_by = 'system', archive_reason = 'Sold.' WHERE id = $1")]
    [InlineData("UPDATE device SET is_monitored = false WHERE gateway_id = $1")]
    [InlineData("UPDATE device SET archived_at = now(), archived_by = 'system', archive_reason = 'Sold.' WHERE gateway_id = $1")]
    [InlineData("UPDATE alarm_rule SET is_enabled = false WHERE organization_id = (SELECT organization_id FROM gateway WHERE id = $1)")]
    public async Task What_need_not_send_any_more_clears_its_alarm_and_raises_none(string sql)
    {
        await AddRuleAsync();
        await LookAfterAsync(ForS);
        (await OpenAsync()).ShouldBe(1);
        await Database.ExecuteAsync(sql, Gateway);
        (await Alarms.ListDueAsync(CancellationToken.None)).ShouldBe([Organization.Id]);
        await LookAfterAsync(ForS);
        await LookAfterAsync(ForS);
        AlarmRow alarm = (await ListAsync()).ShouldHaveSingleItem();
        (alarm.State, alarm.ClearedBy).ShouldBe(("cleared", "rule"));
    }

    [Fact]
    public async Task A_rule_of_one_gateway_is_of_no_other_and_one_without_is_of_all_of_its_organization()
    {
        GatewayId second = (await Installation.AddGatewayAsync(Organization.Id, Organization.Site)).Id;
        TestOrganization other = await Installation.AddOrganizationAsync("Other");
        Guid one = await AddRuleAsync(second.Value);
        foreach (Guid gateway in (Guid[])[second.Value, other.Gateway.Id.Value]) await AgeAsync(gateway);
        await LookAfterAsync(ForS);
        (await ListAsync()).ShouldHaveSingleItem().Gateway.ShouldBe(second);

        await AddRuleAsync();
        await LookAfterAsync(ForS);
        AlarmRow[] all = [.. await ListAsync()];
        all.Select(alarm => (alarm.Rule.Value == one, alarm.Gateway)).ShouldBe([(true, second), (false, second), (false, Organization.Gateway.Id)], ignoreOrder: true);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM alarm WHERE organization_id <> $1", Organization.Id.Value)).ShouldBe(0);
    }

    [Fact]
    public async Task Of_two_who_look_at_once_one_raises_the_alarm()
    {
        await AddRuleAsync();
        Installation.Clock.Advance(TimeSpan.FromSeconds(ForS));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await Alarms.LookAsync(Organization.Id, CancellationToken.None);
            }
            catch (StorageException)
            {
                // The other one was first. The next look finds what it has done.
            }
        }));
        await LookAfterAsync(1);
        (await ListAsync()).ShouldHaveSingleItem();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM alarm_event")).ShouldBe(1);
    }

    /// <summary>In use for a day, with a gateway that was made, paired and given a device before that.</summary>
    private async Task<Guid> AddRuleAsync(Guid? gateway = null)
    {
        Guid rule = Guid.CreateVersion7();
        await Database.ExecuteAsync(
            $"""
            INSERT INTO alarm_rule (id, organization_id, name, severity, gateway_id, condition, for_s, created_at, updated_at)
            VALUES ($1, $2, 'Gateway away', 'critical', {(gateway is { } one ? $"'{one}'" : "NULL")}, 'gateway_silence', {ForS}, now(), now())
            """,
            rule, Organization.Id.Value);
        await Database.ExecuteAsync("UPDATE alarm_rule SET active_since = $2 WHERE id = $1", rule, Now.AddDays(-1));
        await AgeAsync(Gateway);
        return rule;
    }

    private async Task<(long Online, long Away, long Silent, long Gone)> CountAsync()
    {
        GatewayFigures figures = await new InstallationFigures(Installation.Stores, Installation.Clock).CountGatewaysAsync(CancellationToken.None);
        return (figures.Online, figures.Away, figures.Silent, figures.Gone);
    }

    private async Task AgeAsync(Guid gateway)
    {
        await Database.ExecuteAsync("UPDATE gateway SET created_at = $2 WHERE id = $1", gateway, Now.AddDays(-2));
        await Database.ExecuteAsync(
            """
            INSERT INTO device (id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
            SELECT id, organization_id, site_id, id, '01980000-0000-7000-8001-000000000001', 'x' || id, 'x', 'x', 'x', $2, $2 FROM gateway WHERE id = $1
            ON CONFLICT DO NOTHING
            """,
            gateway, Now.AddDays(-2));
        await Database.ExecuteAsync(
            """
            INSERT INTO session (id, holder_kind, holder_id, created_at, last_used_at, remote_address, agent, started_by)
            VALUES ($1, 2, $1, $2, $2, '', '', 'pairing') ON CONFLICT DO NOTHING
            """,
            gateway, Now.AddDays(-2));
    }

    private async Task LookAfterAsync(int seconds)
    {
        Installation.Clock.Advance(TimeSpan.FromSeconds(seconds));
        foreach (OrganizationId organization in await Alarms.ListDueAsync(CancellationToken.None)) await Alarms.LookAsync(organization, CancellationToken.None);
    }

    private Task<List<AlarmRow>> ListAsync() => new AlarmQueries(Installation.Stores).ListAsync(new AlarmFilter(Organization.Id), before: null, 50, CancellationToken.None);

    private Task<long> OpenAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM alarm WHERE cleared_at IS NULL");
}
