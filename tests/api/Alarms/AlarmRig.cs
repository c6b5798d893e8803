using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>A device whose steps raise alarms, in an organization of its own.</summary>
internal sealed class AlarmRig
{
    private const string OwnModel = "01980000-0000-7000-8001-000000000001";

    private AlarmRig(ApiServer server, Shop shop, ApiClient owner, TestGateway gateway, DeviceId device)
    {
        (Server, Shop, Owner, Gateway, Device) = (server, shop, owner, gateway, device);
    }

    public ApiServer Server { get; }

    public Shop Shop { get; }

    public ApiClient Owner { get; }

    public TestGateway Gateway { get; }

    public DeviceId Device { get; }

    public static async Task<AlarmRig> CreateAsync(ApiServer server)
    {
        Shop shop = await server.AddShopAsync("Alarmed");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        return new AlarmRig(server, shop, await server.UserAsync(shop.OwnerEmail), gateway, await gateway.AddDeviceAsync());
    }

    /// <summary>A rule for the device, or for its model.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> AddRuleAsync(string condition, JsonObject more, bool ofModel = false)
    {
        JsonObject body = Rule(condition, more);
        if (ofModel)
        {
            body.Remove("device");
            body["model"] = OwnModel;
        }

        return (string)(await Owner.PostAsync("/api/v1/alarm-rules", body).ShouldAnswerAsync(201))["id"]!;
    }

    public JsonObject Rule(string condition, JsonObject more)
    {
        JsonObject body = new()
        {
            ["name"] = "A rule", ["severity"] = "critical", ["device"] = Device.ToString(), ["condition"] = condition, ["allow_unknown"] = true,
        };
        foreach ((string name, JsonNode? value) in more) body[name] = value?.DeepClone();
        return body;
    }

    /// <summary>A step whose series `temperature` has a sample each second.</summary>
    public JsonObject Step(TimeSpan ago, params double[] temperatures)
    {
        JsonObject step = TestGateway.Step(Device, ago);
        JsonObject series = StepJson.Series("temperature", [.. temperatures.Select((_, i) => i * 1_000_000L)], temperatures);
        series["unit"] = "°C";
        step["series"] = new JsonArray(series);
        return step;
    }

    public async Task SendAsync(JsonObject step) => await Gateway.SendAsync(step).ShouldAnswerAsync(200);

    /// <summary>Waits until everything that is stored was held against the rules, and gives the alarms, oldest first.</summary>
    public async Task<JsonNode[]> AlarmsAsync(string query = "")
    {
        await Eventually.HoldsAsync(
            () => Server.Database.ScalarAsync<bool>(
                "SELECT NOT EXISTS (SELECT FROM step_event AS e JOIN alarm_cursor AS c USING (site_id) WHERE e.site_id = $1 AND e.position > c.step_position)",
                Shop.Site.Value),
            "all steps were looked at");
        JsonNode page = await Owner.GetAsync("/api/v1/alarms?limit=200" + query).ShouldAnswerAsync(200);
        return [.. page["items"]!.AsArray().Select(item => item!).Reverse()];
    }

    public async Task<JsonNode> OneAlarmAsync() => (await AlarmsAsync()).ShouldHaveSingleItem();

    public async Task<string[]> KindsAsync(JsonNode alarm) =>
        [.. (await Owner.GetAsync($"/api/v1/alarms/{alarm["id"]}").ShouldAnswerAsync(200))["events"]!.AsArray().Select(one => (string)one!["kind"]!)];
}
