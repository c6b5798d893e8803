using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Settings;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>What channels are told: to real receivers on this machine.</summary>
[Collection(ApiTests.Name)]
public sealed class DeliveryTests(ApiServer server)
{
    [Fact]
    public async Task A_webhook_is_told_of_an_alarm_with_all_that_is_to_be_known()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        (string channel, _) = await AddWebhookAsync(rig, receiver.Url);
        string rule = await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(5), 99));

        JsonNode delivery = await WaitAsync(rig, "delivered");
        Received received = receiver.Received.ShouldHaveSingleItem();
        (received.Target, received.Event, received.Delivery).ShouldBe(("/hook?key=1", "alarm.raised", (string)delivery["id"]!));
        JsonNode body = JsonNode.Parse(received.Body)!;
        JsonNode alarm = await rig.OneAlarmAsync();
        ((string?)body["id"], (string?)body["event"], (int?)body["suppressed"]).ShouldBe(((string?)delivery["id"], "alarm.raised", 0));
        foreach (string name in (string[])["id", "state", "severity", "rule", "rule_name", "rule_version", "device", "site", "step", "late"])
            body["alarm"]![name]!.ToJsonString().ShouldBe(alarm[name]!.ToJsonString(), name);
        ((string?)body["alarm"]!["device_label"], (string?)body["alarm"]!["site_name"], (double?)body["alarm"]!["value"]).ShouldBe(("Printer by the window", "Alarmed workshop", 99));
        ((string?)delivery["channel"], (string?)delivery["alarm"], (int?)delivery["last_status"], (int?)delivery["attempts"])
            .ShouldBe((channel, (string?)alarm["id"], 204, 1));
        ((string?)body["alarm"]!["rule"]).ShouldBe(rule);
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_again_with_the_same_id_until_it_is_given_up_and_then_once_more_by_hand()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = _ => Task.FromResult(503);
        (string channel, _) = await AddWebhookAsync(rig, receiver.Url);
        await TestAsync(rig, channel);
        JsonNode dead = await WaitAsync(rig, "dead");
        ((int?)dead["attempts"], (int?)dead["last_status"]).ShouldBe((3, 503));
        ((string?)dead["last_error"]).ShouldStartWith("503 Not today.");
        ((string)dead["last_error"]!).Length.ShouldBeLessThanOrEqualTo(1024 + 4);
        receiver.Received.Select(one => (one.Delivery, one.Body)).Distinct().ShouldHaveSingleItem().Delivery.ShouldBe((string?)dead["id"]);

        receiver.Answer = _ => Task.FromResult(200);
        string retry = $"/api/v1/alarm-deliveries/{dead["id"]}/retry";
        await rig.Owner.PostAsync(retry, "").ShouldAnswerAsync(200);
        ((string?)(await WaitAsync(rig, "delivered"))["id"]).ShouldBe((string?)dead["id"]);
        receiver.Received.Count.ShouldBe(4);
        await rig.Owner.PostAsync(retry, "").ShouldBeProblemAsync(409, "not_dead");
    }

    [Theory]
    [InlineData("nobody listens")]
    [InlineData("http://[::1]:1/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    public async Task What_is_not_there_or_not_public_is_not_reached(string url)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        int port;
        await using (WebhookReceiver gone = await WebhookReceiver.StartAsync()) port = gone.Port;
        bool isGone = !url.StartsWith("http", StringComparison.Ordinal);
        (string channel, _) = await AddWebhookAsync(rig, isGone ? $"http://127.0.0.1:{port}/" : url);
        await TestAsync(rig, channel);
        JsonNode dead = await WaitAsync(rig, "dead");
        dead["last_status"].ShouldBeNull();
        ((string)dead["last_error"]!).Contains("public internet", StringComparison.Ordinal).ShouldBe(!isGone);
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync(), other = await WebhookReceiver.StartAsync();
        receiver.Answer = context =>
        {
            context.Response.Headers.Location = other.Url;
            return Task.FromResult(307);
        };
        (string channel, _) = await AddWebhookAsync(rig, receiver.Url);
        await TestAsync(rig, channel);
        ((int?)(await WaitAsync(rig, "dead"))["last_status"]).ShouldBe(307);
        other.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_hangs_costs_the_others_nothing()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver hanging = await WebhookReceiver.StartAsync(), quick = await WebhookReceiver.StartAsync();
        TaskCompletionSource<int> never = new();
        hanging.Answer = _ => never.Task;
        (string slow, _) = await AddWebhookAsync(rig, hanging.Url);
        (string good, _) = await AddWebhookAsync(rig, quick.Url);
        for (int i = 0; i < 3; i++) await TestAsync(rig, slow);
        await Eventually.HoldsAsync(() => !hanging.Received.IsEmpty, "the one receiver hangs");
        for (int i = 0; i < 3; i++) await TestAsync(rig, good);
        await Eventually.HoldsAsync(() => quick.Received.Count == 3, "the other one has everything");
        // Of one channel one at a time: nothing of it was given up or taken meanwhile.
        hanging.Received.Count.ShouldBeLessThanOrEqualTo(3);
        JsonNode[] waiting = await DeliveriesAsync(rig, $"&channel={slow}");
        waiting.ShouldAllBe(delivery => (string?)delivery["state"] == "pending");
        never.SetResult(200);
        await Eventually.HoldsAsync(async () => (await DeliveriesAsync(rig, $"&channel={slow}&state=delivered")).Length == 3, "what hung arrives");
    }

    [Fact]
    public async Task Of_one_rule_and_device_a_channel_is_told_once_a_minute_and_then_of_the_newest()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await AddWebhookAsync(rig, receiver.Url);
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80 });
        for (int i = 0; i < 5; i++)
        {
            await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(60 - i), i % 2 == 0 ? 99 : 20));
            await rig.AlarmsAsync();
            if (i == 0) await WaitAsync(rig, "delivered");
        }

        JsonNode waiting = (await DeliveriesAsync(rig, "&state=pending")).ShouldHaveSingleItem();
        ((string?)waiting["event"], (int?)waiting["suppressed"], (int?)waiting["attempts"]).ShouldBe(("alarm.raised", 3, 0));
        ((DateTimeOffset)waiting["next_at"]! - DateTimeOffset.UtcNow).TotalSeconds.ShouldBeInRange(5, 61);
        receiver.Received.Count.ShouldBe(1);
        await server.Database.ExecuteAsync("UPDATE alarm_delivery SET due_at = now(), next_at = now() WHERE id = $1", Guid.Parse((string)waiting["id"]!));
        await Eventually.HoldsAsync(() => receiver.Received.Count == 2, "the minute is over");
        JsonNode body = JsonNode.Parse(receiver.Received.Last().Body)!;
        ((int?)body["suppressed"], (string?)body["alarm"]!["id"]).ShouldBe((3, (string?)(await rig.AlarmsAsync("&state=raised")).ShouldHaveSingleItem()["id"]));
    }

    [Fact]
    public async Task A_channel_is_told_of_what_is_bad_enough_and_of_its_rules_and_sites()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        string warning = await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80, ["severity"] = "warning" });
        string info = await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80, ["severity"] = "info" });
        await AddWebhookAsync(rig, receiver.Url + "&bad", new JsonObject { ["severity_min"] = "warning" });
        await AddWebhookAsync(rig, receiver.Url + "&ruled", new JsonObject { ["rules"] = new JsonArray(info) });
        await AddWebhookAsync(rig, receiver.Url + "&sited", new JsonObject { ["sites"] = new JsonArray(rig.Shop.Site.ToString()), ["enabled"] = false });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(5), 99));
        await Eventually.HoldsAsync(() => receiver.Received.Count >= 2, "two were told");
        receiver.Received.Select(one => (one.Target.Split('&')[1], (string?)JsonNode.Parse(one.Body)!["alarm"]!["rule"])).ShouldBe([("bad", warning), ("ruled", info)], ignoreOrder: true);
        (await DeliveriesAsync(rig)).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Members_with_a_verified_address_get_an_e_mail()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        Guid owner = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", rig.Shop.OwnerEmail);
        JsonObject channel = new() { ["name"] = "Mail", ["kind"] = "email", ["severity_min"] = "info", ["users"] = new JsonArray(owner.ToString()) };
        await rig.Owner.PostAsync("/api/v1/alarm-channels", channel).ShouldPointToAsync("/users");
        await server.Database.ExecuteAsync("UPDATE app_user SET email_verified_at = now() WHERE id = $1", owner);
        await rig.Owner.PostAsync("/api/v1/alarm-channels", channel).ShouldAnswerAsync(201);
        string name = $"Rule {Guid.NewGuid()}";
        await rig.AddRuleAsync("series", new JsonObject { ["series"] = "temperature", ["above"] = 80, ["name"] = name });
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(5), 99));
        await WaitAsync(rig, "delivered");
        string folder = Path.Combine(server.Service<ServerOptions>().Data, "mail");
        await Eventually.HoldsAsync(() => Directory.Exists(folder) && Directory.GetFiles(folder).Any(file => Holds(file, name)), "the mail was written");

        static bool Holds(string file, string text)
        {
            try
            {
                return File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("""{"kind":"webhook","url":null}""", "/url")]
    [InlineData("""{"kind":"webhook","url":"http://hooks.example.org/"}""", "/url")]
    [InlineData("""{"kind":"webhook","url":"ftp://hooks.example.org/"}""", "/url")]
    [InlineData("""{"kind":"webhook","url":"https://user:word@hooks.example.org/"}""", "/url")]
    [InlineData("""{"kind":"email"}""", "/url")]
    [InlineData("""{"kind":"email","url":null}""", "/users")]
    [InlineData("""{"kind":"email","url":null,"users":["0198c0de-0000-7000-8000-000000000001"]}""", "/users")]
    [InlineData("""{"users":["0198c0de-0000-7000-8000-000000000001"]}""", "/users")]
    [InlineData("""{"rules":["0198c0de-0000-7000-8000-000000000001"]}""", "/rules")]
    [InlineData("""{"sites":["0198c0de-0000-7000-8000-000000000001"]}""", "/sites")]
    public async Task A_channel_that_cannot_be_is_refused_at_its_place(string more, string pointer)
    {
        JsonObject body = new() { ["name"] = "Channel", ["kind"] = "webhook", ["url"] = "https://hooks.example.org/", ["severity_min"] = "info" };
        foreach ((string name, JsonNode? value) in JsonNode.Parse(more)!.AsObject()) body.With(name, value?.DeepClone());
        await (await server.OwnerAsync()).PostAsync("/api/v1/alarm-channels", body).ShouldPointToAsync(pointer);
    }

    internal static async Task<(string Channel, string Secret)> AddWebhookAsync(AlarmRig rig, string url, JsonObject? more = null)
    {
        JsonObject body = new() { ["name"] = "Hook", ["kind"] = "webhook", ["url"] = url, ["severity_min"] = "info" };
        foreach ((string name, JsonNode? value) in more ?? []) body[name] = value?.DeepClone();
        string channel = (string)(await rig.Owner.PostAsync("/api/v1/alarm-channels", body).ShouldAnswerAsync(201))["id"]!;
        return (channel, (string)(await rig.Owner.PostAsync($"/api/v1/alarm-channels/{channel}/secret", "").ShouldAnswerAsync(200))["secret"]!);
    }

    internal static async Task TestAsync(AlarmRig rig, string channel) => await rig.Owner.PostAsync($"/api/v1/alarm-channels/{channel}/test", "").ShouldAnswerAsync(201);

    private static async Task<JsonNode[]> DeliveriesAsync(AlarmRig rig, string query = "") =>
        [.. (await rig.Owner.GetAsync("/api/v1/alarm-deliveries?limit=200" + query).ShouldAnswerAsync(200))["items"]!.AsArray().Select(item => item!)];

    private static async Task<JsonNode> WaitAsync(AlarmRig rig, string state)
    {
        await Eventually.HoldsAsync(async () => (await DeliveriesAsync(rig, $"&state={state}")).Length > 0, $"a delivery is {state}");
        return (await DeliveriesAsync(rig, $"&state={state}")).ShouldHaveSingleItem();
    }
}
