using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Alarms of committed steps, from the gateway's request to what a user reads.</summary>
[Collection(ApiTests.Name)]
public sealed class StepAlarmTests(ApiServer server)
{
    private static readonly JsonObject TooWarm = new() { ["series"] = "temperature", ["above"] = 80, ["hysteresis"] = 2 };

    [Fact]
    public async Task A_sample_above_raises_an_alarm_that_stays_until_a_later_step_is_back_by_the_hysteresis()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("series", TooWarm);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(50), 60, 70, 80));
        (await rig.AlarmsAsync()).ShouldBeEmpty();

        JsonObject hot = rig.Step(TimeSpan.FromMinutes(40), 79, 80.5, 85, 79);
        await rig.SendAsync(hot);
        JsonNode alarm = await rig.OneAlarmAsync();
        ((string?)alarm["state"], (double?)alarm["value"], (string?)alarm["step"], (string?)alarm["rule"], (string?)alarm["severity"], (bool?)alarm["late"])
            .ShouldBe(("raised", 80.5, (string)hot["id"]!, rule, "critical", false));
        ((DateTimeOffset)alarm["raised_at"]!).ShouldBe(DateTimeOffset.Parse((string)hot["started"]!, null).AddSeconds(1));
        alarm["condition"]!.ToJsonString().ShouldBe("""{"condition":"series","series":"temperature","above":80,"hysteresis":2}""");
        alarm["device"]!.ToString().ShouldBe(rig.Device.ToString());

        // Within the hysteresis, and above again: it is the same alarm.
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 79, 78.5, 90));
        ((string?)(await rig.OneAlarmAsync())["state"]).ShouldBe("raised");

        JsonObject cool = rig.Step(TimeSpan.FromMinutes(20), 79, 77.5, 60);
        await rig.SendAsync(cool);
        JsonNode cleared = await rig.OneAlarmAsync();
        ((string?)cleared["state"], (string?)cleared["cleared_by"], (string?)cleared["cleared_step"]).ShouldBe(("cleared", "step", (string)cool["id"]!));
        ((DateTimeOffset)cleared["cleared_at"]!).ShouldBe(DateTimeOffset.Parse((string)cool["started"]!, null).AddSeconds(1));
        (await rig.KindsAsync(cleared)).ShouldBe(["raised", "cleared"]);

        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(10), 81));
        (await rig.AlarmsAsync()).Select(one => (string?)one["state"]).ShouldBe(["cleared", "raised"]);
    }

    [Fact]
    public async Task It_must_be_so_for_as_long_as_the_rule_says_without_a_break()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["below"] = 10, ["for_s"] = 3 });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 9, 9, 9, 10, 9, 9, 9));
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(20), 10, 9, 8, 7, 6, 5));
        JsonNode alarm = await rig.OneAlarmAsync();
        ((string?)alarm["state"], (double?)alarm["value"]).ShouldBe(("raised", 6));
    }

    [Fact]
    public async Task What_rises_and_falls_within_one_step_is_one_alarm_that_is_cleared()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", TooWarm, ofModel: true);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 90.0 : 20.0)]));
        JsonNode alarm = await rig.OneAlarmAsync();
        ((string?)alarm["state"], (await rig.KindsAsync(alarm)).Length).ShouldBe(("cleared", 2));
    }

    [Fact]
    public async Task A_unit_counts_and_so_does_a_value_that_stands_for_the_whole_step()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["unit"] = "K", ["above"] = 1 });
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "volume", ["above"] = 5, ["for_s"] = 9 });
        JsonObject step = rig.Step(TimeSpan.FromMinutes(30), 90);
        step["series"]!.AsArray().Add(new JsonObject { ["name"] = "volume", ["unit"] = "mL", ["kind"] = "singular", ["chart"] = "default", ["times_us"] = new JsonArray(), ["values"] = new JsonArray(6) });
        await rig.SendAsync(step);
        ((double?)(await rig.OneAlarmAsync())["value"]).ShouldBe(6);
    }

    [Theory]
    [InlineData("""{"pointer":"/exposure_s","above":2}""", "2.5", "1.5")]
    [InlineData("""{"pointer":"/exposure_s","below":2}""", "1.5", "2.5")]
    [InlineData("""{"pointer":"/exposure_s","equals":"2.50"}""", "2.5", "3")]
    [InlineData("""{"pointer":"/exposure_s","not_equals":"3"}""", "2.5", "3")]
    [InlineData("""{"pointer":"/exposure_s","equals":"fast"}""", "\"fast\"", "\"slow\"")]
    [InlineData("""{"pointer":"/exposure_s","equals":"true"}""", "true", "false")]
    public async Task A_setting_raises_an_alarm_and_clears_it(string rule, string bad, string good)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("setting", JsonNode.Parse(rule)!.AsObject());
        await rig.SendAsync(With("""{"other":1}""", 50));
        await rig.SendAsync(With("{}", 45));
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await rig.SendAsync(With($$"""{"exposure_s":{{bad}}}""", 40));
        JsonNode alarm = await rig.OneAlarmAsync();
        (alarm["value"]!.ToJsonString(), (string?)alarm["state"]).ShouldBe((bad, "raised"));
        await rig.SendAsync(With("""{"other":1}""", 30));
        ((string?)(await rig.OneAlarmAsync())["state"]).ShouldBe("raised");
        await rig.SendAsync(With($$"""{"exposure_s":{{good}}}""", 20));
        ((string?)(await rig.OneAlarmAsync())["state"]).ShouldBe("cleared");

        JsonObject With(string settings, int minutesAgo) => rig.Step(TimeSpan.FromMinutes(minutesAgo), 1).With("settings", JsonNode.Parse(settings));
    }

    [Fact]
    public async Task A_setting_that_is_missing_and_an_outcome_raise_alarms()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string missing = await rig.AddRuleAsync("setting", new JsonObject { ["pointer"] = "/nested/a/3", ["missing"] = true });
        string failed = await rig.AddRuleAsync("outcome", new JsonObject { ["outcome"] = "failed" });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(50), 1));
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(40), 1).With("settings", JsonNode.Parse("""{"nested":{"a":[1,2,3]}}""")).With("outcome", "failed"));
        (await rig.AlarmsAsync()).Select(alarm => (string)alarm["rule"]!).ShouldBe([missing, failed], ignoreOrder: true);
        // A step that tells no outcome clears none.
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 1));
        (await rig.AlarmsAsync("&state=raised")).ShouldHaveSingleItem()["rule"]!.ToString().ShouldBe(failed);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(20), 1).With("outcome", "succeeded"));
        (await rig.AlarmsAsync("&state=raised")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rule_looks_at_what_comes_after_it_and_while_it_is_in_use()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(50), 99));
        string rule = await rig.AddRuleAsync("series", TooWarm);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(40), 20));
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await rig.Owner.PatchAsync($"/api/v1/alarm-rules/{rule}", new JsonObject { ["enabled"] = false }, "*").ShouldAnswerAsync(200);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 99));
        await Task.Delay(50);
        await rig.Owner.PatchAsync($"/api/v1/alarm-rules/{rule}", new JsonObject { ["enabled"] = true }, "*").ShouldAnswerAsync(200);
        (await rig.AlarmsAsync()).ShouldBeEmpty();
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(20), 99));
        (await rig.AlarmsAsync()).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_step_that_comes_late_raises_an_alarm_that_says_so_and_clears_none_that_a_newer_one_raised()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", TooWarm);
        await rig.SendAsync(rig.Step(TimeSpan.FromHours(1), 20));
        JsonObject late = rig.Step(TimeSpan.FromDays(5), 99);
        await rig.SendAsync(late);
        JsonNode alarm = await rig.OneAlarmAsync();
        ((bool?)alarm["late"], (string?)alarm["state"]).ShouldBe((true, "raised"));
        ((DateTimeOffset)alarm["raised_at"]!).ShouldBe(DateTimeOffset.Parse((string)late["started"]!, null));

        await rig.SendAsync(rig.Step(TimeSpan.FromDays(4), 20));
        ((string?)(await rig.OneAlarmAsync())["state"]).ShouldBe("raised");
        await rig.SendAsync(rig.Step(TimeSpan.FromDays(3), 99));
        (await rig.KindsAsync(await rig.OneAlarmAsync())).ShouldBe(["raised", "seen_late"]);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(5), 20));
        ((string?)(await rig.OneAlarmAsync())["state"]).ShouldBe("cleared");
    }
}
