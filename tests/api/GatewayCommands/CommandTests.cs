using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>A command reaches its gateway, at once or when it is back, and whoever sent it can follow how far it has come.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task A_connected_gateway_gets_a_command_at_once_and_its_answer_can_be_read()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectListeningAsync();

        JsonNode sent = await server.SendCommandAsync(gateway.Id, "set_profile", """{"profile": "slow", "exposure_s": 2.50}""");
        string id = (string)sent["id"]!;
        ReceivedMessage message = await gateway.ReceiveAsync();
        JsonNode command = JsonNode.Parse(message.Payload.Span)!;
        message.Topic.ShouldBe($"sc/1/{gateway.Id}/commands/{id}");
        message.Properties.ResponseTopic.ShouldBe(message.Topic + "/result");
        Encoding.UTF8.GetString(message.Properties.CorrelationData!.Value.Span).ShouldBe(id);
        message.MessageExpiryInterval!.Value.ShouldBeInRange(3590u, 3600u);
        ((string)command["id"]!, (string)command["name"]!).ShouldBe((id, "set_profile"));
        command["arguments"]!.ToJsonString().ShouldBe("""{"profile":"slow","exposure_s":2.50}""", "numbers stay as they were written");
        await server.CommandShouldBecomeAsync(gateway.Id, id, "delivered");

        (await client.PublishAsync(message.Topic + "/result", """{"outcome": "done", "message": "Profile set.", "result": {"was": "fast"}}"""u8.ToArray()))
            .ReasonCode.ShouldBe(ReasonCode.Success);
        JsonNode answered = await server.CommandAsync(gateway.Id, id);
        ((string)answered["state"]!).ShouldBe("answered");
        answered["answer"]!.ToJsonString().ShouldBe("""{"outcome":"done","message":"Profile set.","result":{"was":"fast"}}""");
        answered["answered_at"].ShouldNotBeNull();
        ((string?)answered["problem"]).ShouldBeNull();
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task An_absent_gateway_gets_its_commands_in_their_order_when_it_is_back(MqttVersion version)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string first = (string)(await server.SendCommandAsync(gateway.Id, "first"))["id"]!;
        string second = (string)(await server.SendCommandAsync(gateway.Id, "second"))["id"]!;
        ((string)(await server.CommandAsync(gateway.Id, first))["state"]!).ShouldBe("queued");

        await using MqttClient client = await gateway.ConnectListeningAsync(version: version);
        NameIn(await gateway.ReceiveAsync()).ShouldBe("first");
        NameIn(await gateway.ReceiveAsync()).ShouldBe("second");
        await server.CommandShouldBecomeAsync(gateway.Id, first, "delivered");
        await server.CommandShouldBecomeAsync(gateway.Id, second, "delivered");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waits_in_a_session_survives_the_server_and_comes_once(bool crash)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await (await gateway.ConnectListeningAsync()).DisposeAsync();
        string id = (string)(await server.SendCommandAsync(gateway.Id, "later"))["id"]!;
        await (crash ? server.CrashAsync() : server.RestartAsync());

        await using MqttClient back = await gateway.ConnectAsync();
        back.ConnAck.SessionPresent.ShouldBeTrue();
        NameIn(await gateway.ReceiveAsync()).ShouldBe("later");
        await server.CommandShouldBecomeAsync(gateway.Id, id, "delivered");
        gateway.HasReceived.ShouldBeFalse();
    }

    [Fact]
    public async Task A_gateway_that_comes_back_without_its_session_gets_what_was_sent_and_not_acknowledged()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        TaskCompletionSource never = new();
        gateway.OnMessage = _ => never.Task;
        MqttClient first = await gateway.ConnectListeningAsync(expiry: 0);
        string id = (string)(await server.SendCommandAsync(gateway.Id, "twice"))["id"]!;
        await server.CommandShouldBecomeAsync(gateway.Id, id, "sent");
        await first.DisposeAsync();

        gateway.OnMessage = _ => Task.CompletedTask;
        await using MqttClient second = await gateway.ConnectListeningAsync(expiry: 0);
        NameIn(await gateway.ReceiveAsync()).ShouldBe("twice");
        await server.CommandShouldBecomeAsync(gateway.Id, id, "delivered");
        never.SetResult();
    }

    [Fact]
    public async Task After_its_deadline_a_command_is_expired_and_is_not_sent_any_more()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string soon = (string)(await server.SendCommandAsync(gateway.Id, "soon", lifetime: TimeSpan.FromSeconds(1)))["id"]!;
        await server.CommandShouldBecomeAsync(gateway.Id, soon, "expired");
        await server.SendCommandAsync(gateway.Id, "valid");

        await using MqttClient client = await gateway.ConnectListeningAsync();
        NameIn(await gateway.ReceiveAsync()).ShouldBe("valid");
        // A late answer is the truth all the same: perhaps only its acknowledgement was lost.
        (await client.PublishAsync($"sc/1/{gateway.Id}/commands/{soon}/result", """{"outcome":"failed"}"""u8.ToArray())).ReasonCode.ShouldBe(ReasonCode.Success);
        ((string)(await server.CommandAsync(gateway.Id, soon))["state"]!).ShouldBe("answered");
    }

    [Fact]
    public async Task A_gateway_that_refuses_in_the_PUBACK_has_answered()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        gateway.OnMessage = _ => throw new InvalidOperationException("Not today.");
        await using MqttClient client = await gateway.ConnectListeningAsync();
        string id = (string)(await server.SendCommandAsync(gateway.Id, "explode"))["id"]!;
        JsonNode command = await server.CommandShouldBecomeAsync(gateway.Id, id, "answered");
        ((string)command["answer"]!["outcome"]!).ShouldBe("refused");
        ((string)command["answer"]!["message"]!).ShouldContain("0x83");
    }

    [Fact]
    public async Task A_command_over_the_gateway_s_Maximum_Packet_Size_says_why_it_does_not_arrive()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectListeningAsync(packetMax: 400);
        string id = (string)(await server.SendCommandAsync(gateway.Id, "long", $$"""{"text":"{{new string('x', 1000)}}"}"""))["id"]!;
        await Eventually.HoldsAsync(
            async () => (await server.CommandAsync(gateway.Id, id))["problem"]?.ToString().Contains("Maximum Packet Size") == true, "the reason can be read");
        ((string)(await server.CommandAsync(gateway.Id, id))["state"]!).ShouldBe("queued");
    }

    [Fact]
    public async Task The_first_answer_stands_and_another_one_and_one_to_nothing_are_refused_and_kept()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        string id = (string)(await server.SendCommandAsync(gateway.Id, "once"))["id"]!;
        string foreign = (string)(await server.SendCommandAsync(other.Id, "not yours"))["id"]!;
        await using MqttClient client = await gateway.ConnectAsync();
        Task<PublishResult> AnswerAsync(string command, string json) =>
            client.PublishAsync($"sc/1/{gateway.Id}/commands/{command}/result", Encoding.UTF8.GetBytes(json));

        (await AnswerAsync(id, """{"outcome":"done","result":[1,2]}""")).ReasonCode.ShouldBe(ReasonCode.Success);
        (await AnswerAsync(id, """{"outcome":"done","result":[1,2]}""")).ReasonCode.ShouldBe(ReasonCode.Success, "the same again is harmless");
        (string Command, string Json, string Code)[] refused =
        [
            (id, """{"outcome":"failed"}""", "command_answered_otherwise"),
            (foreign, """{"outcome":"done"}""", "unknown_command"),
            (Guid.CreateVersion7().ToString(), """{"outcome":"done"}""", "unknown_command"),
            (id, """{"outcome":"perhaps"}""", "value_out_of_range"),
            (id, "{}", "missing_field"),
            (id, """[{"outcome":"done"}]""", "wrong_type"),
            (id, """{"outcome":"done","more":1}""", "unknown_field"),
            (id, """{"outcome":"done","outcome":"done"}""", "malformed_json"),
            (id, """{"outcome":"done","result":""", "malformed_json"),
            (id, $$"""{"outcome":"done","result":"{{new string('x', 65_536)}}"}""", "too_large"),
        ];
        foreach ((string command, string json, string code) in refused)
        {
            PublishResult result = await AnswerAsync(command, json);
            result.ReasonCode.IsFailure().ShouldBeTrue(code);
            result.ReasonString!.ShouldStartWith(code);
        }

        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM rejected_message WHERE gateway_id = $1", gateway.Id.Value)).ShouldBe(refused.Length);
        ((string)(await server.CommandAsync(gateway.Id, id))["answer"]!["outcome"]!).ShouldBe("done");
        ((string)(await server.CommandAsync(other.Id, foreign))["state"]!).ShouldBe("queued");
    }

    [Fact]
    public async Task A_gateway_without_MQTT_asks_for_its_commands_and_answers_over_HTTP()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string id = (string)(await server.SendCommandAsync(gateway.Id, "ping", """{"n":1}"""))["id"]!;
        using HttpClient api = server.NewClient(gateway.AccessToken);

        JsonNode open = JsonNode.Parse(await api.GetStringAsync("/gateway/api/v1/commands"))!;
        JsonNode command = open["commands"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)command["id"]!, (string)command["name"]!, command["arguments"]!.ToJsonString()).ShouldBe((id, "ping", """{"n":1}"""));
        ((string)(await server.CommandAsync(gateway.Id, id))["state"]!).ShouldBe("sent");
        (await api.PostAsJsonAsync($"/gateway/api/v1/commands/{id}/result", new { outcome = "done" })).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((string)(await server.CommandAsync(gateway.Id, id))["state"]!).ShouldBe("answered");
        JsonNode.Parse(await api.GetStringAsync("/gateway/api/v1/commands"))!["commands"]!.AsArray().ShouldBeEmpty();
        (await api.PostAsJsonAsync($"/gateway/api/v1/commands/{id}/result", new { outcome = "failed" })).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Owners_and_technicians_send_the_others_of_the_organization_read_and_for_strangers_there_is_nothing()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string path = $"/api/v1/gateways/{gateway.Id}/commands";
        string id = (string)(await server.SendCommandAsync(gateway.Id, "mine"))["id"]!;
        foreach ((string role, bool isStranger, HttpStatusCode send, HttpStatusCode read) in new[]
        {
            ("technician", false, HttpStatusCode.Created, HttpStatusCode.OK), ("viewer", false, HttpStatusCode.Forbidden, HttpStatusCode.OK),
            ("auditor", false, HttpStatusCode.Forbidden, HttpStatusCode.OK), ("owner", true, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
            ("viewer", true, HttpStatusCode.Forbidden, HttpStatusCode.NotFound),
        })
        {
            using HttpClient client = await server.ClientAsync(role, isStranger);
            (await client.PostAsJsonAsync(path, new { name = "try" })).StatusCode.ShouldBe(send, $"{role} {isStranger}");
            (await client.GetAsync(path)).StatusCode.ShouldBe(read, $"{role} {isStranger}");
            (await client.GetAsync($"{path}/{id}")).StatusCode.ShouldBe(read, $"{role} {isStranger}");
        }
    }

    [Theory]
    [InlineData("""{"name":""}""", "/name")]
    [InlineData("""{"name":"a\u0000b"}""", "/name")]
    [InlineData("""{"name":"x","arguments":[1]}""", "/arguments")]
    [InlineData("""{"name":"x","deadline":"2020-01-01T00:00:00Z"}""", "/deadline")]
    [InlineData("""{"name":"x","deadline":"2999-01-01T00:00:00Z"}""", "/deadline")]
    [InlineData("""{"name":"x","id":"00000000-0000-0000-0000-000000000000"}""", "/id")]
    public async Task A_wrong_command_is_refused_with_the_place_of_what_is_wrong(string body, string pointer)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        HttpResponseMessage answer = await server.Http.PostAsync(
            $"/api/v1/gateways/{gateway.Id}/commands", new StringContent(body, Encoding.UTF8, "application/json"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        ((string)problem["errors"]![0]!["pointer"]!).ShouldBe(pointer);
    }

    [Fact]
    public async Task An_id_is_used_once_and_only_so_many_commands_wait_for_a_gateway()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string path = $"/api/v1/gateways/{gateway.Id}/commands";
        CommandId id = CommandId.New(TimeProvider.System);
        (await server.Http.PostAsJsonAsync(path, new { id = id.ToString(), name = "x" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await server.Http.PostAsJsonAsync(path, new { id = id.ToString(), name = "y" })).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        for (int i = 1; i < 100; i++) (await server.Http.PostAsJsonAsync(path, new { name = "x" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        HttpResponseMessage tooMany = await server.Http.PostAsJsonAsync(path, new { name = "x" });
        (await tooMany.Content.ReadAsStringAsync()).ShouldContain("too_many_commands");

        JsonNode page = JsonNode.Parse(await server.Http.GetStringAsync($"{path}?limit=60"))!;
        JsonNode rest = JsonNode.Parse(await server.Http.GetStringAsync($"{path}?limit=60&before={page["next"]}"))!;
        (page["items"]!.AsArray().Count, rest["items"]!.AsArray().Count, rest["next"]).ShouldBe((60, 40, null));
    }

    private static string NameIn(ReceivedMessage message) => (string)JsonNode.Parse(message.Payload.Span)!["name"]!;
}
