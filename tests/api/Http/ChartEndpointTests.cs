using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>Charts, timelines and calendars over HTTP. That the points are right is in tests/storage.</summary>
[Collection(ApiTests.Name)]
public sealed class ChartEndpointTests(ApiServer server)
{
    [Fact]
    public async Task A_series_over_two_steps_is_drawn_with_a_gap_between_them()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        JsonObject first = await SendAsync(gateway, device, "2026-11-20T08:00:00Z", [1, 5, -2, 3]);
        JsonObject second = await SendAsync(gateway, device, "2026-11-20T09:00:00Z", [4, 4]);

        JsonNode chart = await GetAsync($"/api/v1/devices/{device}/chart?series=force&from=2026-11-20T07:00:00Z&to=2026-11-20T10:00:00Z&width=3", 200);

        ((string?)chart["series"], (string?)chart["unit"], (string?)chart["method"], (int?)chart["width"]).ShouldBe(("force", "N", "m4", 3));
        ((long?)chart["samples"], (int?)chart["steps"], (int?)chart["thinned_steps"]).ShouldBe((6, 2, 0));
        chart["times_us"]!.AsArray().Select(time => (long)time!).ShouldBe([3_600_000_000, 3_600_100_000, 3_600_200_000, 3_600_300_000, 7_200_000_000, 7_200_100_000]);
        chart["values"]!.AsArray().Select(value => (double)value!).ShouldBe([1, 5, -2, 3, 4, 4]);
        chart["lines"]!.AsArray().Select(line => ((int)line!["first"]!, (string?)line["step"])).ShouldBe([(0, (string?)first["id"]), (4, (string?)second["id"])]);
    }

    [Fact]
    public async Task The_same_is_told_as_CSV()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        JsonObject step = await SendAsync(gateway, device, "2026-11-20T08:00:00.000001Z", [1, -0.25]);

        HttpResponseMessage response = await (await server.OwnerAsync()).GetAsync($"/api/v1/steps/{step["id"]}/chart?series=force&method=raw&format=csv");

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; header=present");
        (await response.Content.ReadAsStringAsync()).ShouldBe(
            $"time,value,line,step\r\n2026-11-20T08:00:00.000001Z,1,0,{step["id"]}\r\n2026-11-20T08:00:00.100001Z,-0.25,0,{step["id"]}\r\n");
    }

    [Theory]
    [InlineData("series=force&width=0", "width")]
    [InlineData("series=force&width=1000000", "width")]
    [InlineData("series=force&from=2026-11-20T08:00:00Z&to=2026-11-20T07:00:00Z", "to")]
    [InlineData("series=force&from=2026-11-20T08:00:00Z&to=2026-11-20T08:00:00Z", "to")]
    [InlineData("series=force&from=0001-01-01T00:00:00Z", "from")]
    [InlineData("series=force&to=9999-12-31T23:59:59Z", "to")]
    [InlineData("series=force&method=best", "method")]
    [InlineData("series=force&format=pdf", "format")]
    [InlineData("width=100", "series")]
    [InlineData("series=", "series")]
    [InlineData("series=%00", "series")]
    [InlineData("series=force&widht=3", "widht")]
    [InlineData("series=force&width=abc", "width")]
    [InlineData("series=force&from=yesterday", "from")]
    public async Task A_chart_that_cannot_be_is_refused_with_the_parameter_that_is_wrong(string query, string parameter)
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        await SendAsync(gateway, device, "2026-11-20T08:00:00Z", [1]);
        JsonNode problem = await GetAsync($"/api/v1/devices/{device}/chart?{query}", 400);
        ((string?)problem["code"], (string?)problem["errors"]![0]!["pointer"]).ShouldBe(("invalid_request", parameter));
    }

    [Fact]
    public async Task A_series_that_never_was_is_told_from_a_time_without_any()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        JsonObject step = await SendAsync(gateway, device, "2026-11-20T08:00:00Z", [1]);
        ((string?)(await GetAsync($"/api/v1/devices/{device}/chart?series=Force", 404))["code"]).ShouldBe("unknown_series");
        ((string?)(await GetAsync($"/api/v1/steps/{step["id"]}/chart?series=Force", 404))["code"]).ShouldBe("unknown_series");
        ((string?)(await GetAsync($"/api/v1/steps/{step["id"]}/samples?series=Force", 404))["code"]).ShouldBe("unknown_series");
        (await GetAsync($"/api/v1/devices/{device}/chart?series=force&to=2026-11-19T00:00:00Z", 200))["values"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Aggregates_and_one_series_of_a_step_are_told_without_the_others()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        JsonObject step = await SendAsync(gateway, device, "2026-11-20T08:00:00Z", [1, 5, -2, 3]);

        JsonNode all = await GetAsync($"/api/v1/steps/{step["id"]}/series", 200);
        all.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe(
            """
            {"name":"force","unit":"N","kind":"timeseries","chart":"line","sample_count":4,"samples":{"first_time_us":0,"first":1,"last_time_us":300000,"last":3,
            "min_time_us":200000,"min":-2,"max_time_us":100000,"max":5,"mean":1.75,"p05":-2,"p50":1,"p95":5,"interval_us":100000}}
            """.ReplaceLineEndings(""));
        JsonNode one = await GetAsync($"/api/v1/steps/{step["id"]}/samples?series=force", 200);
        one["values"]!.AsArray().Select(value => (double)value!).ShouldBe([1, 5, -2, 3]);
        string huge = (string)(await SendAsync(gateway, device, "2026-11-20T09:00:00Z", [1.7e308, 1.7e308, -1.5e308]))["id"]!;
        ((double)(await GetAsync($"/api/v1/steps/{huge}/series", 200))[0]!["samples"]!["mean"]!).ShouldBe(6.3e307, 1e306);
        (await GetAsync($"/api/v1/steps/{step["id"]}/summary", 200))["series_count"]!.GetValue<int>().ShouldBe(1);
        (await GetAsync($"/api/v1/devices/{device}/series", 200)).AsArray().ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("force");
    }

    [Fact]
    public async Task The_timeline_is_filtered_by_all_that_a_step_says_and_a_late_one_stands_in_its_place()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        JsonObject ok = await SendAsync(gateway, device, "2026-11-18T08:00:00Z", [1], step => (step["outcome"], step["job"], step["label"]) = ("succeeded", "K-1", "Tray"));
        JsonObject failed = await SendAsync(gateway, device, "2026-11-20T08:00:00Z", [1], step => (step["outcome"], step["job"], step["sequence"]) = ("failed", "K-2", 8));
        JsonObject late = await SendAsync(gateway, device, "2026-11-19T08:00:00Z", [1], step => step["kind"] = "settings_changed");

        await ListsAsync("", failed, late, ok);
        await ListsAsync("&outcome=failed", failed);
        await ListsAsync("&job=K-1", ok);
        await ListsAsync("&from=1970-01-01T00:00:00Z", failed, late, ok);
        await ListsAsync("&label=Tray", ok);
        await ListsAsync("&kind=settings_changed", late);
        await ListsAsync("&from=2026-11-19T00:00:00Z", failed, late);
        await ListsAsync("&from=2026-11-19T00:00:00Z&to=2026-11-20T08:00:00Z", late);
        await ListsAsync($"&before={failed["id"]}&to=2026-11-19T08:00:00Z", ok);
        await ListsAsync($"&gateway={gateway.Id}&site={server.Own.Site}&limit=1", failed);
        await ListsAsync($"&gateway={Guid.NewGuid()}");
        JsonNode page = await GetAsync($"/api/v1/devices/{device}/steps?job=K-2", 200);
        JsonNode read = page["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)read["outcome"], (string?)read["job"], (long?)read["sequence"]).ShouldBe(("failed", "K-2", 8));

        foreach ((string query, string parameter) in ((string, string)[])
            [("kind=print", "kind"), ("outcome=good", "outcome"), ("limit=0", "limit"), ("from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z", "to"), ($"label={new string('x', 201)}", "label"), ("lable=Tray", "lable")])
        {
            ((string?)(await GetAsync($"/api/v1/steps?{query}", 400))["errors"]![0]!["pointer"]).ShouldBe(parameter);
        }

        async Task ListsAsync(string query, params JsonObject[] steps) =>
            (await GetAsync($"/api/v1/steps?device={device}{query}", 200))["items"]!.AsArray().Select(item => (string?)item!["id"])
                .ShouldBe(steps.Select(step => (string?)step["id"]), query);
    }

    [Fact]
    public async Task A_calendar_counts_by_the_days_of_its_time_zone()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        await SendAsync(gateway, device, "2026-11-18T23:30:00Z", [1], step => step["outcome"] = "aborted");
        await SendAsync(gateway, device, "2026-11-18T22:30:00Z", [1, 2]);
        await SendAsync(gateway, device, "2026-11-19T12:00:00Z", [1]);

        JsonNode utc = await GetAsync($"/api/v1/steps/calendar?device={device}&from=2026-11-01&to=2026-11-30", 200);
        utc["days"]!.ToJsonString().ShouldBe(
            """[{"day":"2026-11-18","steps":2,"samples":3,"succeeded":0,"failed":0,"aborted":1},{"day":"2026-11-19","steps":1,"samples":1,"succeeded":0,"failed":0,"aborted":0}]""");
        JsonNode berlin = await GetAsync($"/api/v1/steps/calendar?device={device}&from=2026-11-19&to=2026-11-19&time_zone=Europe/Berlin", 200);
        berlin["days"]!.AsArray().ShouldHaveSingleItem()!["steps"]!.GetValue<int>().ShouldBe(2);
        foreach (string query in (string[])["from=2026-11-19", "from=2026-11-19&to=2026-11-18", "from=2025-11-19&to=2026-11-20", "from=2026-11-19&to=2026-11-19&time_zone=Moon"])
            await GetAsync($"/api/v1/steps/calendar?{query}", 400);
    }

    [Fact]
    public async Task Settings_are_held_against_those_of_the_step_before()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        await SendAsync(gateway, device, "2026-11-18T08:00:00Z", [1], step => step["settings"] = JsonNode.Parse("""{"exposure_s": 2.5, "resin": {"lot": "24-117", "name": "A"}, "zones": [1, 2], "gone": true}"""));
        await SendAsync(gateway, device, "2026-11-18T09:00:00Z", [1], step => step.Remove("settings"));
        JsonObject step = await SendAsync(gateway, device, "2026-11-18T10:00:00Z", [1], step => step["settings"] = JsonNode.Parse("""{"exposure_s": 2.25, "resin": {"lot": "24-118", "name": "A"}, "zones": [1, 3], "a/b": null}"""));

        JsonNode changes = await GetAsync($"/api/v1/steps/{step["id"]}/settings-changes", 200);

        changes["changes"]!.ToJsonString().ShouldBe(
            """
            [{"pointer":"/a~1b","kind":"added","old":null,"new":null},{"pointer":"/exposure_s","kind":"changed","old":2.5,"new":2.25},
            {"pointer":"/gone","kind":"removed","old":true,"new":null},{"pointer":"/resin/lot","kind":"changed","old":"24-117","new":"24-118"},
            {"pointer":"/zones/1","kind":"changed","old":2,"new":3}]
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task A_step_that_tells_no_settings_has_changed_none()
    {
        (TestGateway gateway, DeviceId device) = await NewDeviceAsync();
        await SendAsync(gateway, device, "2026-11-18T08:00:00Z", [1], step => step["settings"] = JsonNode.Parse("""{"b": 1e2, "a": 2.50}"""));
        JsonObject silent = await SendAsync(gateway, device, "2026-11-18T09:00:00Z", [1], step => step.Remove("settings"));
        (await GetAsync($"/api/v1/steps/{silent["id"]}/settings-changes", 200))["changes"]!.AsArray().ShouldBeEmpty();
        // As they were sent: names in their order, numbers with their digits.
        (await (await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}/steps")).Content.ReadAsStringAsync()).ShouldContain("""{"b":1e2,"a":2.50}""");
    }

    private async Task<(TestGateway Gateway, DeviceId Device)> NewDeviceAsync()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        return (gateway, await gateway.AddDeviceAsync());
    }

    /// <summary>A step of a minute with ten samples a second.</summary>
    private static async Task<JsonObject> SendAsync(TestGateway gateway, DeviceId device, string started, double[] values, Action<JsonObject>? change = null)
    {
        JsonObject step = TestGateway.Step(device);
        DateTimeOffset start = DateTimeOffset.Parse(started);
        step["id"] = Guid.CreateVersion7(start.AddMinutes(1)).ToString();
        step["started"] = started;
        step["ended"] = start.AddMinutes(1).ToString("O");
        JsonObject series = StepJson.Series("force", [.. values.Select((_, i) => i * 100_000L)], values);
        (series["unit"], series["chart"]) = ("N", "line");
        step["series"] = new JsonArray(series);
        change?.Invoke(step);
        await gateway.SendAsync(step).ShouldAnswerAsync(200);
        return step;
    }

    private async Task<JsonNode> GetAsync(string path, int status) => await (await server.OwnerAsync()).GetAsync(path).ShouldAnswerAsync(status);
}
