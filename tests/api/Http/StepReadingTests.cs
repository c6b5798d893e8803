using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What was posted is read back as it was.</summary>
[Collection(ApiTests.Name)]
public sealed class StepReadingTests(ApiServer server)
{
    [Fact]
    public async Task A_whole_step_is_read_back_field_by_field()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject sent = TestGateway.Step(device);
        sent["series"]!.AsArray().Add(new JsonObject { ["name"] = "resin_used", ["unit"] = "mL", ["kind"] = "singular", ["values"] = new JsonArray(12.5) });
        JsonNode result = (await gateway.SendAsync(sent).ShouldAnswerAsync(200))["results"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)result["outcome"], (string?)result["id"]).ShouldBe(("stored", (string?)sent["id"]));

        JsonNode read = await (await server.OwnerAsync()).GetAsync($"/api/v1/steps/{sent["id"]}").ShouldAnswerAsync(200);

        JsonNode step = read["step"]!;
        ((string?)step["id"], (string?)step["device"], (string?)step["gateway"]).ShouldBe(((string?)sent["id"], device.ToString(), gateway.Id.ToString()));
        ((string?)step["kind"], (string?)step["label"]).ShouldBe(("task_performed", "Layer 1 Up"));
        (Time(step["started"]), Time(step["ended"])).ShouldBe((Time(sent["started"]), Time(sent["ended"])));
        JsonNode.DeepEquals(step["settings"], sent["settings"]).ShouldBeTrue(step["settings"]!.ToJsonString());
        ((int?)step["series_count"], (int?)step["sample_count"], (int?)step["log_count"]).ShouldBe((2, 3, 1));
        JsonNode.DeepEquals(read["series"]![0], sent["series"]![0]).ShouldBeTrue(read["series"]![0]!.ToJsonString());
        read["series"]![1]!.ToJsonString().ShouldBe(
            """{"name":"resin_used","unit":"mL","kind":"singular","chart":"default","times_us":[],"values":[12.5]}""");
        JsonNode.DeepEquals(read["logs"], sent["logs"]).ShouldBeTrue(read["logs"]!.ToJsonString());
    }

    [Fact]
    public async Task Every_value_of_a_series_comes_back_bit_for_bit()
    {
        Random random = new(20261121);
        double[] values =
        [
            0.0, -0.0, 0.1, double.Epsilon, -double.Epsilon, 2.2250738585072011e-308, double.MaxValue, double.MinValue, 1.0 / 3, 6.96e-07,
            .. Enumerable.Range(0, 2000).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))).Where(double.IsFinite),
        ];
        long[] times = [.. values.Select((_, index) => (index * 1_000_003L) - 5)];
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject sent = TestGateway.Step(await gateway.AddDeviceAsync());
        sent["series"] = new JsonArray(StepJson.Series("force", times, values));
        await gateway.SendAsync(sent).ShouldAnswerAsync(200);

        JsonNode series = (await (await server.OwnerAsync()).GetAsync($"/api/v1/steps/{sent["id"]}").ShouldAnswerAsync(200))["series"]![0]!;
        series["times_us"]!.AsArray().Select(time => (long)time!).ShouldBe(times);
        series["values"]!.AsArray().Select(value => BitConverter.DoubleToInt64Bits((double)value!)).ShouldBe(values.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public async Task Texts_of_all_scripts_come_back_as_they_were()
    {
        const string Text = "Schicht 1 \u2191 \u0e01\u0e32\u0e23 \U0001F9B7 \"quoted\" \\ <b>&amp;</b> \u2028 e\u0301";
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject sent = TestGateway.Step(await gateway.AddDeviceAsync());
        sent["label"] = Text;
        sent["settings"] = new JsonObject { [Text] = Text, ["exact"] = JsonNode.Parse("1.10"), ["big"] = JsonNode.Parse("12345678901234567890") };
        sent["logs"]![0]!["lines"] = new JsonArray(Text, "", "{\"a\",NULL}", "NULL");
        await gateway.SendAsync(sent).ShouldAnswerAsync(200);

        JsonNode read = await (await server.OwnerAsync()).GetAsync($"/api/v1/steps/{sent["id"]}").ShouldAnswerAsync(200);
        ((string?)read["step"]!["label"]).ShouldBe(Text);
        ((string?)read["step"]!["settings"]![Text]).ShouldBe(Text);
        (read["step"]!["settings"]!["exact"]!.ToJsonString(), read["step"]!["settings"]!["big"]!.ToJsonString()).ShouldBe(("1.10", "12345678901234567890"));
        read["logs"]![0]!["lines"]!.AsArray().Select(line => (string)line!).ShouldBe([Text, "", "{\"a\",NULL}", "NULL"]);
    }

    [Fact]
    public async Task The_list_goes_from_the_newest_to_the_oldest_by_pages_that_neither_lack_nor_repeat()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        // Over several months, and so over several partitions, and posted in another order.
        JsonObject[] steps = [.. Enumerable.Range(0, 23).Select(i => TestGateway.Step(device, TimeSpan.FromDays(4 * i) + TimeSpan.FromMinutes(10)))];
        JsonNode[] shuffled = [.. steps.Select(step => step.DeepClone())];
        new Random(1).Shuffle(shuffled);
        await gateway.SendAsync(new JsonArray(shuffled)).ShouldAnswerAsync(200);
        await gateway.AddStepAsync(await gateway.AddDeviceAsync());

        List<string> read = [];
        List<int> pages = [];
        string? before = null;
        do
        {
            JsonNode page = await (await server.OwnerAsync())
                .GetAsync($"/api/v1/devices/{device}/steps?limit=10{(before is null ? "" : "&before=" + before)}").ShouldAnswerAsync(200);
            read.AddRange(page["items"]!.AsArray().Select(step => (string)step!["id"]!));
            pages.Add(page["items"]!.AsArray().Count);
            before = (string?)page["next"];
        }
        while (before is not null);

        read.ShouldBe(steps.Select(step => (string)step["id"]!));
        pages.ShouldBe([10, 10, 3]);
    }

    [Fact]
    public async Task The_newest_steps_are_told_as_they_are_after_every_one_that_is_stored_and_late_ones_stand_in_their_place()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient owner = await server.OwnerAsync();
        List<string> stored = [];
        Random random = new(7);
        for (int n = 0; n < 25; n++)
        {
            // Out of order: some are older than what is there, over months.
            JsonObject sent = TestGateway.Step(device, TimeSpan.FromMinutes(10 + random.Next(100_000)));
            await gateway.SendAsync(sent).ShouldAnswerAsync(200);
            stored.Add((string)sent["id"]!);
            stored.Sort((a, b) => string.CompareOrdinal(b, a));

            JsonNode page = await owner.GetAsync($"/api/v1/devices/{device}/steps?limit=10").ShouldAnswerAsync(200);
            page["items"]!.AsArray().Select(step => (string)step!["id"]!).ShouldBe(stored.Take(10));
            ((string?)page["next"]).ShouldBe(stored.Count > 10 ? stored[9] : null);
            JsonNode last = await owner.GetAsync($"/api/v1/devices/{device}/steps/last").ShouldAnswerAsync(200);
            ((string?)last["step"]!["id"]).ShouldBe(stored[0]);
            // What is kept of one length of a page is not another's.
            (await owner.GetAsync($"/api/v1/devices/{device}/steps?limit=3").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(Math.Min(3, stored.Count));
        }
    }

    [Fact]
    public async Task A_page_that_is_just_full_is_the_last_one()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await gateway.AddStepAsync(device, TimeSpan.FromMinutes(2));
        await gateway.AddStepAsync(device, TimeSpan.FromMinutes(1));
        JsonNode page = await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}/steps?limit=2").ShouldAnswerAsync(200);
        page["items"]!.AsArray().Count.ShouldBe(2);
        page["next"].ShouldBeNull();
    }

    [Fact]
    public async Task The_last_step_is_the_newest_by_its_own_time_and_whole()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        string path = $"/api/v1/devices/{device}/steps/last";
        await (await server.OwnerAsync()).GetAsync(path).ShouldBeProblemAsync(404, "not_found");

        JsonObject newest = await gateway.AddStepAsync(device, TimeSpan.FromMinutes(1));
        await gateway.AddStepAsync(device, TimeSpan.FromHours(1));

        JsonNode last = await (await server.OwnerAsync()).GetAsync(path).ShouldAnswerAsync(200);
        ((string?)last["step"]!["id"]).ShouldBe((string?)newest["id"]);
        JsonNode.DeepEquals(last["series"], newest["series"]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_device_shows_what_its_steps_add_up_to()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ((long?)(await TwinAsync(device))["steps_stored"]).ShouldBe(0);

        JsonObject older = TestGateway.Step(device, TimeSpan.FromHours(1)), newer = TestGateway.Step(device, TimeSpan.FromMinutes(1));
        newer["settings"] = new JsonObject { ["exposure_s"] = 3.5 };
        newer["series"] = new JsonArray(StepJson.Series("force", [0, 500_000], [1, 7.25]));
        await gateway.SendAsync(new JsonArray(newer.DeepClone(), older.DeepClone())).ShouldAnswerAsync(200);

        // The twin follows the commit, off its way.
        await Eventually.HoldsAsync(async () => (long?)(await TwinAsync(device))["steps_stored"] == 2, "both steps are folded");
        JsonNode twin = await TwinAsync(device);
        ((long?)twin["samples_stored"]).ShouldBe(4);
        ((string?)twin["last_step"]!["id"]).ShouldBe((string?)newer["id"]);
        ((double?)twin["settings"]!["exposure_s"]).ShouldBe(3.5);
        JsonNode force = twin["last_values"]!["force"]!;
        ((double?)force["value"], (string?)force["unit"]).ShouldBe((7.25, "kg"));
        Time(force["at"]).ShouldBe(Time(newer["started"]).AddMilliseconds(500));
    }

    [Fact]
    public async Task An_identical_resend_is_acknowledged_and_stored_once()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await gateway.SendAsync(step).ShouldAnswerAsync(200);
        JsonObject respelled = new([.. step.Reverse().Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))]);
        JsonNode again = await gateway.SendAsync(new JsonArray(step.DeepClone(), respelled)).ShouldAnswerAsync(200);

        again["results"]!.AsArray().Select(result => (string)result!["outcome"]!).ShouldBe(["already_stored", "already_stored"]);
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM step_series WHERE step_id = $1", Guid.Parse((string)step["id"]!))).ShouldBe(1);
    }

    private static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse((string)node!);

    private async Task<JsonNode> TwinAsync(DeviceId device) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/devices/{device}/twin").ShouldAnswerAsync(200);
}
