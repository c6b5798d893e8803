using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Alarms;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Alarms and their rules as users ask for them.</summary>
[Collection(ApiTests.Name)]
public sealed class AlarmEndpointTests(ApiServer server)
{
    [Fact]
    public async Task An_alarm_is_acknowledged_once_stays_so_when_it_is_cleared_and_stands_in_the_audit()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 99));
        JsonNode alarm = await rig.OneAlarmAsync();
        string path = $"/api/v1/alarms/{alarm["id"]}/acknowledge";
        await rig.Owner.PostAsync(path, new JsonObject { ["note"] = new string('x', 1001) }).ShouldPointToAsync("/note");
        await rig.Owner.PostAsync(path, new JsonObject { ["note"] = "a\0b" }).ShouldPointToAsync("/note");
        JsonNode acknowledged = await rig.Owner.PostAsync(path, new JsonObject { ["note"] = " I look after it. " }).ShouldAnswerAsync(200);
        ((string?)acknowledged["state"], (string?)acknowledged["acknowledge_note"]).ShouldBe(("acknowledged", "I look after it."));
        JsonNode again = await rig.Owner.PostAsync(path, new JsonObject { ["note"] = "Me too." }).ShouldAnswerAsync(200);
        JsonNode.DeepEquals(again, acknowledged).ShouldBeTrue();

        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(20), 20));
        JsonNode cleared = await rig.OneAlarmAsync();
        ((string?)cleared["state"], (string?)cleared["acknowledge_note"]).ShouldBe(("cleared", "I look after it."));
        (await rig.KindsAsync(cleared)).ShouldBe(["raised", "acknowledged", "cleared"]);
        (await server.Database.ScalarAsync<string>("SELECT new_values::text FROM audit_entry WHERE action = 'alarm.acknowledged' AND subject_id = $1", (string)alarm["id"]!))
            .ShouldBe("""{"note":"I look after it."}""");
    }

    [Fact]
    public async Task What_was_cleared_unseen_is_found_and_can_be_acknowledged()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(30), 99, 20));
        JsonNode alarm = (await rig.AlarmsAsync("&state=cleared&acknowledged=false")).ShouldHaveSingleItem();
        await rig.Owner.PostAsync($"/api/v1/alarms/{alarm["id"]}/acknowledge", "{}").ShouldAnswerAsync(200);
        (await rig.AlarmsAsync("&acknowledged=false")).ShouldBeEmpty();
        (await rig.AlarmsAsync("&acknowledged=true")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Alarms_are_listed_by_what_they_are_page_by_page()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        for (int i = 0; i < 7; i++) await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(60 - i), 99, 20));
        JsonNode[] all = await rig.AlarmsAsync();
        all.Length.ShouldBe(7);
        List<string> paged = [];
        for (string? before = null; ;)
        {
            JsonNode page = await rig.Owner.GetAsync($"/api/v1/alarms?limit=3{(before is null ? "" : "&before=" + before)}").ShouldAnswerAsync(200);
            paged.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            if ((before = (string?)page["next"]) is null) break;
        }

        paged.ShouldBe(all.Reverse().Select(alarm => (string)alarm["id"]!));
        foreach (string query in (string[])[$"&rule={rule}", $"&device={rig.Device}", $"&site={rig.Shop.Site}", "&severity=critical", "&state=cleared"])
            (await rig.AlarmsAsync(query)).Length.ShouldBe(7, query);
        foreach (string query in (string[])[$"&rule={Guid.NewGuid()}", $"&device={Guid.NewGuid()}", $"&site={Guid.NewGuid()}", "&severity=info", "&state=raised"])
            (await rig.AlarmsAsync(query)).ShouldBeEmpty(query);
        string third = Uri.EscapeDataString((string)all[2]["raised_at"]!), fifth = Uri.EscapeDataString((string)all[4]["raised_at"]!);
        (await rig.AlarmsAsync($"&from={third}&to={fifth}")).Select(alarm => (string)alarm["id"]!).ShouldBe(all[2..4].Select(alarm => (string)alarm["id"]!));
    }

    [Theory]
    [InlineData("state=open", "state")]
    [InlineData("severity=high", "severity")]
    [InlineData("limit=0", "limit")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    [InlineData("colour=red", "colour")]
    public async Task A_query_that_cannot_be_is_refused(string query, string pointer) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/alarms?{query}").ShouldPointToAsync(pointer);

    [Theory]
    [InlineData("series", """{}""", "/series")]
    [InlineData("series", """{"series":"temperature"}""", "/above")]
    [InlineData("series", """{"series":"temperature","above":1,"below":2}""", "/below")]
    [InlineData("series", """{"series":"temperature","above":2,"below":1,"hysteresis":0.6}""", "/hysteresis")]
    [InlineData("series", """{"series":"temperature","above":1,"outcome":"failed"}""", "/outcome")]
    [InlineData("series", """{"series":"temperature","above":1,"for_s":604801}""", "/for_s")]
    [InlineData("series", """{"series":"temperature","above":1,"hysteresis":-1}""", "/hysteresis")]
    [InlineData("setting", """{"pointer":"exposure","equals":"1"}""", "/pointer")]
    [InlineData("setting", """{"pointer":"/a~2","equals":"1"}""", "/pointer")]
    [InlineData("setting", """{"pointer":"/a"}""", "/equals")]
    [InlineData("setting", """{"pointer":"/a","equals":"1","missing":true}""", "/equals")]
    [InlineData("setting", """{"pointer":"/a","above":1,"hysteresis":1}""", "/hysteresis")]
    [InlineData("outcome", """{}""", "/outcome")]
    [InlineData("outcome", """{"outcome":"lost"}""", "/outcome")]
    [InlineData("silence", """{"for_s":59}""", "/for_s")]
    [InlineData("state", """{"for_s":60}""", "/state")]
    [InlineData("outcome", """{"outcome":"failed","device":null}""", "/device")]
    [InlineData("outcome", """{"outcome":"failed","model":"01980000-0000-7000-8001-000000000001"}""", "/device")]
    public async Task A_rule_that_means_nothing_is_refused_at_its_place(string condition, string more, string pointer)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await rig.Owner.PostAsync("/api/v1/alarm-rules", rig.Rule(condition, JsonNode.Parse(more)!.AsObject())).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task A_change_is_held_against_what_stays()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string path = $"/api/v1/alarm-rules/{await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 })}";
        await rig.Owner.PatchAsync(path, new JsonObject { ["above"] = null }, "*").ShouldPointToAsync("/above");
        await rig.Owner.PatchAsync(path, new JsonObject { ["below"] = 90 }, "*").ShouldPointToAsync("/below");
        await rig.Owner.PatchAsync(path, new JsonObject { ["series"] = "force" }, "*").ShouldPointToAsync("/series");
        JsonNode changed = await rig.Owner.PatchAsync(path, new JsonObject { ["above"] = null, ["below"] = 5 }, "*").ShouldAnswerAsync(200);
        (changed["above"], (double?)changed["below"], (long?)changed["version"]).ShouldBe((null, 5, 2));
    }

    [Fact]
    public async Task A_series_a_unit_or_a_setting_that_never_came_is_refused_with_those_that_did()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        JsonObject rule = rig.Rule("series", new JsonObject { ["series"] = "temprature", ["above"] = 1, ["allow_unknown"] = false });
        (await DetailAsync(rule, "/series")).ShouldContain("None has come yet.");
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(10), 1));
        (await DetailAsync(rule, "/series")).ShouldContain("There are: temperature.");
        (await DetailAsync(rule.With("series", "temperature").With("unit", "K"), "/unit")).ShouldContain("There are: °C.");
        await rig.Owner.PostAsync("/api/v1/alarm-rules", rule.With("unit", "°C")).ShouldAnswerAsync(201);
        JsonObject setting = rig.Rule("setting", new JsonObject { ["pointer"] = "/exposure", ["equals"] = "1", ["allow_unknown"] = false });
        (await DetailAsync(setting, "/pointer")).ShouldContain("There are: /exposure_s, /nested/a.");
        await rig.Owner.PostAsync("/api/v1/alarm-rules", setting.With("pointer", "/exposure_s")).ShouldAnswerAsync(201);

        async Task<string> DetailAsync(JsonObject body, string pointer)
        {
            JsonObject problem = await rig.Owner.PostAsync("/api/v1/alarm-rules", body).ShouldBeProblemAsync(400, "invalid_request");
            ((string?)problem["errors"]![0]!["pointer"]).ShouldBe(pointer);
            return (string)problem["errors"]![0]!["detail"]!;
        }
    }

    [Fact]
    public async Task A_rule_is_not_for_a_stranger_s_device_whoever_makes_it()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        JsonObject rule = rig.Rule("outcome", new JsonObject { ["outcome"] = "failed" });
        await (await server.OwnerAsync()).PostAsync("/api/v1/alarm-rules", rule).ShouldPointToAsync("/device");
        await (await server.AdministratorAsync()).PostAsync("/admin/api/v1/alarm-rules", rule.With("organization", server.Own.Organization.ToString())).ShouldPointToAsync("/device");
    }

    [Fact]
    public async Task Every_list_of_alarms_is_read_by_an_index()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        string rule = await rig.AddRuleAsync("outcome", new JsonObject { ["outcome"] = "failed" });
        await server.Database.ExecuteAsync(
            """
            INSERT INTO alarm (
                id, organization_id, site_id, device_id, rule_id, rule_version, rule_name, severity, condition, raised_at, raised_received, is_late, cleared_at, cleared_received, cleared_by)
            SELECT gen_random_uuid(), $1, $2, $3, $4, 1, 'x', 'info', '{}', now(), now(), false, now(), now(), 'step' FROM generate_series(1, 20000)
            """,
            rig.Shop.Organization.Value, rig.Shop.Site.Value, rig.Device.Value, Guid.Parse(rule));
        await server.Database.ExecuteAsync("ANALYZE alarm");
        AlarmQueries queries = server.Service<AlarmQueries>();
        AlarmFilter own = new(rig.Shop.Organization);
        foreach (AlarmFilter filter in (AlarmFilter[])[own, own with { State = "raised" }, own with { Device = rig.Device }, own with { Gateway = rig.Gateway.Id }, own with { Site = rig.Shop.Site }, own with { Rule = AlarmRuleId.Parse(rule, null) }])
        {
            string plan = string.Join('\n', await queries.ExplainAsync(filter, null, 51, CancellationToken.None));
            plan.ShouldContain("Index Scan");
            plan.ShouldNotContain("Seq Scan");
            plan.ShouldNotContain("Sort");
        }
    }
}
