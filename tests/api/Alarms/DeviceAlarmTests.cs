using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Alarms of what a device does, and of its silence. Time passes by rows that say that it has.</summary>
[Collection(ApiTests.Name)]
public sealed class DeviceAlarmTests(ApiServer server)
{
    [Fact]
    public async Task Silence_raises_an_alarm_and_the_next_step_clears_it()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("silence", new JsonObject { ["for_s"] = 1800 }, ofModel: true);
        await PassAsync(rig, rule, "20 minutes");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await PassAsync(rig, rule, "1 hour");
        JsonNode alarm = await WaitAsync(rig, "raised");
        alarm["value"].ShouldBeNull();
        DateTimeOffset raised = (DateTimeOffset)alarm["raised_at"]!;
        (DateTimeOffset.UtcNow - raised).TotalMinutes.ShouldBeInRange(29, 33);

        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(1), 20));
        ((string?)(await WaitAsync(rig, "cleared"))["cleared_by"]).ShouldBe("state");
    }

    [Fact]
    public async Task Of_a_device_that_is_not_monitored_silence_is_no_news()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("silence", new JsonObject { ["for_s"] = 60 });
        await PassAsync(rig, rule, "1 hour");
        await WaitAsync(rig, "raised");
        await server.Database.ExecuteAsync("UPDATE device SET is_monitored = false WHERE id = $1", rig.Device.Value);
        ((string?)(await WaitAsync(rig, "cleared"))["cleared_by"]).ShouldBe("rule");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("offline")]
    [InlineData("error")]
    [InlineData("running")]
    [InlineData("idle")]
    public async Task A_state_that_lasts_raises_an_alarm_and_another_one_clears_it(string state)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("state", new JsonObject { ["state"] = state, ["for_s"] = 600 });
        await PassAsync(rig, rule, "1 hour");
        await BeAsync(rig, state, "5 minutes");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await BeAsync(rig, state, "20 minutes");
        JsonNode alarm = await WaitAsync(rig, "raised");
        ((string?)alarm["value"]).ShouldBe(state);
        await BeAsync(rig, state == "idle" ? "running" : "idle", "1 minute");
        await WaitAsync(rig, "cleared");
    }

    [Fact]
    public async Task A_rule_that_goes_out_of_use_clears_its_alarms()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(1), 99));
        await rig.OneAlarmAsync();
        await rig.Owner.PostAsync($"/api/v1/alarm-rules/{rule}/archive", """{"reason":"No more."}""").ShouldAnswerAsync(200);
        ((string?)(await WaitAsync(rig, "cleared"))["cleared_by"]).ShouldBe("rule");
    }

    private static Task PassAsync(AlarmRig rig, string rule, string interval) => rig.Server.Database.ExecuteAsync(
        """
        WITH aged AS (UPDATE alarm_rule SET active_since = now() - $2::interval WHERE id = $1)
        UPDATE device SET created_at = now() - $2::interval WHERE id = $3
        """,
        Guid.Parse(rule), TimeSpan.FromMinutes(interval.Contains("hour", StringComparison.Ordinal) ? 60 : int.Parse(interval.Split(' ')[0])), rig.Device.Value);

    /// <summary>Since so long ago.</summary>
    private static async Task BeAsync(AlarmRig rig, string state, string interval)
    {
        TimeSpan ago = TimeSpan.FromMinutes(int.Parse(interval.Split(' ')[0]));
        bool isOnline = state != "offline";
        await rig.Server.Database.ExecuteAsync(
            """
            INSERT INTO gateway_presence (gateway_id, online, connection, since) VALUES ($1, $2, CASE WHEN $2 THEN 'x' END, now() - $3::interval)
            ON CONFLICT (gateway_id) DO UPDATE SET online = excluded.online, connection = excluded.connection, since = excluded.since
            """,
            rig.Gateway.Id.Value, isOnline, ago);
        if (!isOnline) return;
        await rig.Server.Database.ExecuteAsync(
            """
            INSERT INTO device_state (device_id, organization_id, site_id, gateway_id, state, since, at, sent, telemetry_id, position)
            VALUES ($1, $2, $3, $4, $5::text::smallint, now() - $6::interval, now(), now(), gen_random_uuid(), 1)
            ON CONFLICT (device_id) DO UPDATE SET state = excluded.state, since = excluded.since, at = excluded.at
            """,
            rig.Device.Value, rig.Shop.Organization.Value, rig.Shop.Site.Value, rig.Gateway.Id.Value, state switch { "running" => "1", "idle" => "2", _ => "3" }, ago);
    }

    private static async Task<JsonNode> WaitAsync(AlarmRig rig, string state)
    {
        await Eventually.HoldsAsync(async () => (await rig.AlarmsAsync($"&state={state}")).Length == 1, $"the alarm is {state}");
        return await rig.OneAlarmAsync();
    }
}
