using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mqtt;
using StepCloud.Tests.Api.Registry;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Somebody is told when a gateway that should send is away. Connections are real; time passes by rows that say that it has.</summary>
[Collection(ApiTests.Name)]
public sealed class GatewayAlarmTests(ApiServer server)
{
    private const string Name = "Gateway at the window";

    [Fact]
    public async Task A_gateway_whose_connection_is_cut_raises_an_alarm_of_which_a_channel_is_told_once_and_its_return_clears_it()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await DeliveryTests.AddWebhookAsync(rig, receiver.Url);
        string rule = await AddRuleAsync(rig);
        (MqttClient first, Stream wire) = await ConnectAsync(rig);
        await using MqttClient held = first;
        await PassAsync(rig, "1 hour");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).ShouldBeEmpty("it is connected");

        await wire.DisposeAsync();
        await IsOnlineAsync(rig, false);
        await Task.Delay(500);
        (await rig.AlarmsAsync()).ShouldBeEmpty("it has just gone");
        await PassAsync(rig, "20 minutes");
        JsonNode alarm = await WaitAsync(rig, "raised");
        ((string?)alarm["gateway"], alarm["device"], (string?)alarm["site"], (string?)alarm["rule"]).ShouldBe((rig.Gateway.Id.ToString(), null, rig.Shop.Site.ToString(), rule));
        (DateTimeOffset.UtcNow - (DateTimeOffset)alarm["raised_at"]!).TotalMinutes.ShouldBeInRange(9, 12);

        await Eventually.HoldsAsync(() => !receiver.Received.IsEmpty, "the channel is told");
        await Task.Delay(500);
        JsonNode told = JsonNode.Parse(receiver.Received.ShouldHaveSingleItem().Body)!;
        ((string?)told["event"], (string?)told["alarm"]!["gateway"], (string?)told["alarm"]!["gateway_name"], told["alarm"]!["device"], told["alarm"]!["device_label"])
            .ShouldBe(("alarm.raised", rig.Gateway.Id.ToString(), Name, null, null));

        (MqttClient second, _) = await ConnectAsync(rig);
        await using MqttClient back = second;
        JsonNode cleared = await WaitAsync(rig, "cleared");
        ((string?)cleared["cleared_by"], (string?)cleared["id"]).ShouldBe(("state", (string?)alarm["id"]));
        (await rig.KindsAsync(cleared)).ShouldBe(["raised", "cleared"]);
        await server.Database.ExecuteAsync("UPDATE alarm_delivery SET next_at = now() WHERE gateway_id = $1", rig.Gateway.Id.Value);
        await Eventually.HoldsAsync(() => receiver.Received.Count == 2, "the channel is told that it is over");
        ((string?)JsonNode.Parse(receiver.Received.Last().Body)!["event"]).ShouldBe("alarm.cleared");
    }

    [Fact]
    public async Task A_gateway_that_only_speaks_HTTP_is_there_as_long_as_it_is_heard()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await AddRuleAsync(rig);
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(1), 20));
        await PassAsync(rig, "1 hour");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).ShouldBeEmpty("its step is new, whatever was written down of its presence");
        await server.Database.ExecuteAsync("UPDATE step_event SET received = now() - interval '1 hour' WHERE gateway_id = $1", rig.Gateway.Id.Value);
        await WaitAsync(rig, "raised");
        await rig.SendAsync(rig.Step(TimeSpan.FromMinutes(1), 20));
        await WaitAsync(rig, "cleared");
    }

    [Theory]
    [InlineData("archive", """{"reason":"Sold."}""")]
    [InlineData("unpair", "")]
    public async Task A_gateway_that_is_taken_out_of_use_is_missed_by_nobody(string verb, string body)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        await AddRuleAsync(rig);
        await PassAsync(rig, "1 hour");
        await WaitAsync(rig, "raised");
        (await rig.Owner.PostAsync($"/api/v1/gateways/{rig.Gateway.Id}/{verb}", body)).EnsureSuccessStatusCode();
        ((string?)(await WaitAsync(rig, "cleared"))["cleared_by"]).ShouldBe("rule");
        await Task.Delay(500);
        (await rig.AlarmsAsync()).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Its_alarm_is_found_by_the_gateway_acknowledged_and_told_by_mail()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        Guid owner = await server.Database.ScalarAsync<Guid>("UPDATE app_user SET email_verified_at = now() WHERE email = $1 RETURNING id", rig.Shop.OwnerEmail);
        await rig.Owner.PostAsync(
            "/api/v1/alarm-channels", new JsonObject { ["name"] = "Mail", ["kind"] = "email", ["severity_min"] = "info", ["users"] = new JsonArray(owner.ToString()) }).ShouldAnswerAsync(201);
        string name = $"Away {Guid.NewGuid()}";
        await AddRuleAsync(rig, new JsonObject { ["name"] = name, ["gateway"] = rig.Gateway.Id.ToString() });
        await PassAsync(rig, "1 hour");
        JsonNode alarm = await WaitAsync(rig, "raised");
        (await rig.AlarmsAsync($"&gateway={rig.Gateway.Id}")).Length.ShouldBe(1);
        foreach (string query in (string[])[$"&gateway={Guid.NewGuid()}", $"&device={rig.Device}"]) (await rig.AlarmsAsync(query)).ShouldBeEmpty(query);
        ((string?)(await rig.Owner.PostAsync($"/api/v1/alarms/{alarm["id"]}/acknowledge", "{}").ShouldAnswerAsync(200))["state"]).ShouldBe("acknowledged");
        await (await server.StrangerAsync()).GetAsync($"/api/v1/alarms/{alarm["id"]}").ShouldBeProblemAsync(404, "not_found");

        string folder = Path.Combine(server.Service<ServerOptions>().Data, "mail");
        await Eventually.HoldsAsync(
            () => Directory.Exists(folder) && Directory.GetFiles(folder).Any(file => Read(file) is var text && text.Contains(name, StringComparison.Ordinal)
                && text.Contains($"Gateway:   {Name} ({rig.Gateway.Id})", StringComparison.Ordinal)),
            "the mail names the gateway");

        // The text of the mail; nothing while it is being written.
        static string Read(string file)
        {
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(File.ReadAllText(file).Split("\r\n\r\n", 2)[^1]));
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                return "";
            }
        }
    }

    [Theory]
    [InlineData("""{"for_s":59}""", "/for_s")]
    [InlineData("""{"series":"temperature"}""", "/series")]
    [InlineData("""{"device":"0198c0de-0000-7000-8000-000000000001"}""", "/device")]
    [InlineData("""{"model":"01980000-0000-7000-8001-000000000001"}""", "/model")]
    [InlineData("""{"gateway":"0198c0de-0000-7000-8000-000000000001"}""", "/gateway")]
    [InlineData("""{"condition":"silence","model":"01980000-0000-7000-8001-000000000001","gateway":"OWN"}""", "/gateway")]
    public async Task A_rule_of_gateways_that_means_nothing_is_refused_at_its_place(string more, string pointer)
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        JsonObject rule = Rule(JsonNode.Parse(more.Replace("OWN", rig.Gateway.Id.ToString(), StringComparison.Ordinal))!.AsObject());
        await rig.Owner.PostAsync("/api/v1/alarm-rules", rule).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task A_rule_is_not_for_a_stranger_s_gateway_whoever_makes_it()
    {
        AlarmRig rig = await AlarmRig.CreateAsync(server);
        JsonObject rule = Rule(new JsonObject { ["gateway"] = rig.Gateway.Id.ToString() });
        await (await server.OwnerAsync()).PostAsync("/api/v1/alarm-rules", rule).ShouldPointToAsync("/gateway");
        await (await server.AdministratorAsync()).PostAsync("/admin/api/v1/alarm-rules", rule.With("organization", server.Own.Organization.ToString())).ShouldPointToAsync("/gateway");
    }

    [Fact]
    public async Task A_server_that_starts_again_finds_the_alarm_open_and_tells_nobody_twice()
    {
        ApiServer first = new();
        await first.InitializeAsync();
        try
        {
            AlarmRig rig = await AlarmRig.CreateAsync(first);
            await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
            await DeliveryTests.AddWebhookAsync(rig, receiver.Url);
            await AddRuleAsync(rig);
            await PassAsync(rig, "1 hour");
            await WaitAsync(rig, "raised");
            await Eventually.HoldsAsync(() => receiver.Received.Count == 1, "the channel is told");
            await first.StopAsync();

            using TemporaryFolder data = new();
            await using StepCloudServer again = await ApiServer.StartServerAsync(first.Database.ConnectionString, ("Server:Data", data.Path));
            // Another one of the same rule shows that it was looked.
            await first.Database.ExecuteAsync(
                """
                WITH g AS (
                    INSERT INTO gateway (id, organization_id, site_id, name, created_at, updated_at)
                    SELECT gen_random_uuid(), organization_id, site_id, 'Second', created_at, created_at FROM gateway WHERE id = $1 RETURNING *)
                INSERT INTO device (id, organization_id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
                SELECT gen_random_uuid(), organization_id, site_id, id, '01980000-0000-7000-8001-000000000001', 'x', 'x', 'x', 'x', created_at, created_at FROM g
                """,
                rig.Gateway.Id.Value);
            await Eventually.HoldsAsync(async () => await first.Database.ScalarAsync<long>("SELECT count(*) FROM alarm") == 2, "the second one is missed too");
            (await first.Database.ScalarAsync<string>(
                "SELECT string_agg(a.state || ' ' || e.kind, ', ') FROM alarm AS a JOIN alarm_event AS e ON e.alarm_id = a.id WHERE a.gateway_id = $1", rig.Gateway.Id.Value))
                .ShouldBe("raised raised");
            (await first.Database.ScalarAsync<long>("SELECT count(*) FROM alarm_delivery WHERE gateway_id = $1", rig.Gateway.Id.Value)).ShouldBe(1);
        }
        finally
        {
            await first.DisposeAsync();
        }
    }

    private static async Task<string> AddRuleAsync(AlarmRig rig, JsonObject? more = null) =>
        (string)(await rig.Owner.PostAsync("/api/v1/alarm-rules", Rule(more ?? [])).ShouldAnswerAsync(201))["id"]!;

    private static JsonObject Rule(JsonObject more)
    {
        JsonObject body = new() { ["name"] = "Gateway away", ["severity"] = "critical", ["condition"] = "gateway_silence", ["for_s"] = 600 };
        foreach ((string name, JsonNode? value) in more) body[name] = value?.DeepClone();
        return body;
    }

    /// <returns>The connection, and what it runs over: ended without a DISCONNECT, as by a cable.</returns>
    private static async Task<(MqttClient Client, Stream Wire)> ConnectAsync(AlarmRig rig)
    {
        Stream? wire = null;
        MqttClientOptions options = new()
        {
            ConnectTimeout = GatewayMqtt.Patience,
            Transport = async cancellationToken => wire = await MqttTransport.Tcp("127.0.0.1", rig.Server.MqttPort)(cancellationToken),
        };
        MqttClient client = await MqttClient.ConnectAsync(options, GatewayMqtt.Connect(rig.Gateway, MqttVersion.V500)).WaitAsync(GatewayMqtt.Patience);
        await IsOnlineAsync(rig, true);
        return (client, wire!);
    }

    private static Task IsOnlineAsync(AlarmRig rig, bool isOnline) => Eventually.HoldsAsync(
        async () => (bool)(await rig.Owner.GetAsync($"/api/v1/gateways/{rig.Gateway.Id}/status").ShouldAnswerAsync(200))["online"]! == isOnline,
        isOnline ? "the gateway is connected" : "the gateway is gone");

    /// <summary>All that is known of the gateway, but for its steps, is from so long ago.</summary>
    private static Task PassAsync(AlarmRig rig, string interval) => rig.Server.Database.ExecuteAsync(
        $"""
        WITH r AS (UPDATE alarm_rule SET active_since = now() - interval '{interval}' WHERE organization_id = $2),
            d AS (UPDATE device SET created_at = now() - interval '{interval}' WHERE gateway_id = $1),
            s AS (UPDATE session SET created_at = now() - interval '{interval}', last_used_at = now() - interval '{interval}' WHERE holder_id = $1),
            p AS (UPDATE gateway_presence SET since = CASE WHEN since IS NOT NULL THEN now() - interval '{interval}' END, last_step_at = NULL WHERE gateway_id = $1)
        UPDATE gateway SET created_at = now() - interval '{interval}' WHERE id = $1
        """,
        rig.Gateway.Id.Value, rig.Shop.Organization.Value);

    private static async Task<JsonNode> WaitAsync(AlarmRig rig, string state)
    {
        await Eventually.HoldsAsync(async () => (await rig.AlarmsAsync($"&state={state}")).Length == 1, $"the alarm is {state}");
        return await rig.OneAlarmAsync();
    }
}
