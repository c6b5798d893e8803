using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shouldly;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Uplink;

public sealed class GatewayUplinkTests
{
    [Fact]
    public async Task It_connects_as_itself_with_its_token_and_a_will_subscribes_to_its_errors_and_announces_before_the_first_step()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        await fixture.MakeAsync(1);
        fixture.Connect();
        await fixture.DeliveredAsync();

        string gateway = fixture.Gateway.Id.ToString();
        ConnectPacket connect = fixture.Server.Connects.ShouldHaveSingleItem();
        connect.ClientIdentifier.ShouldBe(gateway);
        connect.UserName.ShouldBe(gateway);
        Encoding.UTF8.GetString(connect.Password!.Value.Span).ShouldBe("access-1");
        connect.Version.ShouldBe(MqttVersion.V500);
        connect.Will!.Topic.ShouldBe($"sc/1/{gateway}/status");
        connect.Will.Retain.ShouldBeTrue();
        Encoding.UTF8.GetString(connect.Will.Payload.Span).ShouldBe("offline");
        fixture.Server.Subscriptions.ShouldBe([$"sc/1/{gateway}/errors", $"sc/1/{gateway}/commands/+"]);
        fixture.Server.Messages.Select(message => message.Topic)
            .ShouldBe([$"sc/1/{gateway}/status", $"sc/1/{gateway}/devices", $"sc/1/{gateway}/steps"]);
        Received[] messages = [.. fixture.Server.Messages];
        (messages[0].Text, messages[0].Retain).ShouldBe(("online", true));
        JsonElement device = JsonDocument.Parse(messages[1].Payload).RootElement.EnumerateArray().ShouldHaveSingleItem();
        device.GetProperty("device").GetString().ShouldBe(fixture.Device.ToString());
        device.EnumerateObject().Select(member => member.Name).ShouldBe(["device", "source", "model", "interface", "label", "serial", "network_address"]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(503)]
    public async Task It_tells_once_at_its_start_what_it_runs_and_delivers_whatever_the_answer_is(int status)
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Tokens.TellingStatus = status;
        await fixture.MakeAsync(1);
        fixture.Connect();
        await fixture.DeliveredAsync();
        (string authorization, string mediaType, Dictionary<string, string> told) = fixture.Tokens.Told.ShouldHaveSingleItem();
        (authorization, mediaType.Split(';')[0]).ShouldBe(("Bearer access-1", "application/merge-patch+json"));
        told.Keys.ShouldBe(["software_version", "hardware_version"]);
        told["software_version"].ShouldMatch(@"^\d+\.\d+");
    }

    [Theory]
    [InlineData("ping", "done")]
    [InlineData("report", "done")]
    [InlineData("self_destruct", "refused")]
    public async Task It_answers_a_command_before_it_acknowledges_it(string name, string outcome)
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        string topic = $"sc/1/{fixture.Gateway.Id}/commands/{Guid.NewGuid()}";
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        fixture.Server.OnSubscribed = () =>
            (topic, $$"""{"id":"{{topic[^36..]}}","name":"{{name}}","arguments":{},"created_at":"{{now:O}}","deadline":"{{now.AddHours(1):O}}","new":1}""");
        fixture.Connect();
        await Eventually.HoldsAsync(() => fixture.Server.Acknowledged.Count == 1, "the command was acknowledged");

        Received answer = fixture.Server.Messages.Single(message => message.Topic == topic + "/result");
        JsonDocument.Parse(answer.Payload).RootElement.GetProperty("outcome").GetString().ShouldBe(outcome);
    }

    [Fact]
    public async Task A_clean_stop_says_that_it_is_offline_and_disconnects()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Connect();
        await Eventually.HoldsAsync(() => fixture.Tally.Online == 1, "it is online");

        await fixture.StopAsync();

        fixture.Server.Messages.Last().ShouldSatisfyAllConditions(message => message.Text.ShouldBe("offline"), message => message.Retain.ShouldBeTrue());
        await Eventually.HoldsAsync(() => fixture.Server.Disconnects.Count == 1, "DISCONNECT came");
        fixture.Server.Disconnects.Single().ReasonCode.ShouldBe(ReasonCode.NormalDisconnection);
        fixture.Tally.Online.ShouldBe(0);
    }

    [Fact]
    public async Task A_back_log_travels_in_arrays_in_order_and_each_step_has_the_bytes_that_the_ledger_tells()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        List<string> made = await fixture.MakeAsync(25);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.ReceivedIds.ShouldBe(made);
        fixture.Server.StepMessages.Select(message => GatewayFixture.IdsOf(message).Count()).ShouldBe([10, 10, 5]);
        foreach (Received message in fixture.Server.StepMessages)
        {
            foreach (JsonElement step in JsonDocument.Parse(message.Payload).RootElement.EnumerateArray())
            {
                string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(step.GetRawText())));
                string known = $"S {step.GetProperty("id").GetString()} 1 {hash} ";
                fixture.Ledger.ShouldContain(line => line.StartsWith(known, StringComparison.Ordinal) && line.Length == known.Length + 64);
            }
        }
        fixture.Ledger.Where(line => line[0] == 'A').Select(line => line[2..]).ShouldBe(made, ignoreOrder: true);
        (fixture.Tally.Made, fixture.Tally.Acknowledged, fixture.Tally.Refused).ShouldBe((25, 25, 0));
    }

    [Fact]
    public async Task What_was_not_acknowledged_when_the_connection_broke_is_sent_again_with_the_same_id_and_bytes()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Server.OnSteps = message => message.Connection <= 3 ? Answer.Silence with { Break = true } : Answer.Ok;
        List<string> made = await fixture.MakeAsync(3);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.Server.StepMessages.Count().ShouldBeGreaterThanOrEqualTo(4);
        fixture.Server.StepMessages.Select(message => message.Text).Distinct().ShouldHaveSingleItem();
        fixture.ReceivedIds.Distinct().ShouldBe(made);
        // Announced anew on each connection: the server may have been restored from a backup in between.
        fixture.Server.Messages.Count(message => message.Topic.EndsWith("/devices", StringComparison.Ordinal)).ShouldBe(fixture.Server.Connects.Count);
    }

    [Fact]
    public async Task An_outage_in_the_middle_loses_nothing_and_ends_with_each_step_acknowledged_once()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Connect();
        List<string> made = [];
        for (int round = 0; round < 8; round++)
        {
            made.AddRange(await fixture.MakeAsync(20));
            fixture.Server.Break();
        }
        await fixture.DeliveredAsync();

        fixture.ReceivedIds.Distinct().ShouldBe(made, ignoreOrder: true);
        fixture.Ledger.Where(line => line[0] == 'A').Select(line => line[2..]).ShouldBe(made, ignoreOrder: true);
        fixture.Tally.Acknowledged.ShouldBe(made.Count);
    }

    [Fact]
    public async Task A_refused_token_brings_a_new_one_not_a_loop()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Server.OnConnect = connect => new ConnAckPacket
        {
            ReasonCode = Encoding.UTF8.GetString(connect.Password!.Value.Span) == "access-3" ? ReasonCode.Success : ReasonCode.NotAuthorized,
        };
        await fixture.MakeAsync(1);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.Server.Connects.Select(connect => Encoding.UTF8.GetString(connect.Password!.Value.Span)).ShouldBe(["access-1", "access-2", "access-3"]);
    }

    [Fact]
    public async Task Before_its_token_ends_it_comes_back_with_a_new_one_and_is_never_called_offline()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Tokens.ExpiresIn = 0.5;
        fixture.Connect();
        List<string> made = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                made.AddRange(await fixture.MakeAsync(1));
                return fixture.Server.Connects.Count >= 3;
            },
            "it came back twice");
        await fixture.DeliveredAsync();

        fixture.Server.Connects.Select(connect => Encoding.UTF8.GetString(connect.Password!.Value.Span)).ShouldBeUnique();
        await Eventually.HoldsAsync(() => fixture.Server.Disconnects.Count >= 2, "both earlier connections were ended in order");
        fixture.Server.Disconnects.ShouldAllBe(packet => packet.ReasonCode == ReasonCode.NormalDisconnection);
        fixture.Server.Messages.ShouldNotContain(message => message.Text == "offline");
        fixture.ReceivedIds.Distinct().ShouldBe(made, ignoreOrder: true);
    }

    [Fact]
    public async Task A_busy_server_does_not_cost_the_token()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        int refusals = 2;
        fixture.Server.OnConnect = _ => new ConnAckPacket { ReasonCode = refusals-- > 0 ? ReasonCode.ServerBusy : ReasonCode.Success };
        fixture.Tokens.UnavailableFor = 2;
        await fixture.MakeAsync(1);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.Tokens.Refreshes.ShouldBe(1);
        fixture.Server.Connects.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_gateway_whose_family_is_revoked_keeps_its_steps_and_asks_ever_more_rarely()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Gateway.Folder.Save(fixture.Gateway.Folder.Credentials with { RefreshToken = "revoked" });
        await fixture.MakeAsync(2);
        fixture.Connect();
        await Task.Delay(300);
        await fixture.StopAsync();

        fixture.Server.Connects.ShouldBeEmpty();
        fixture.Gateway.Undelivered.ShouldBe(2);
        fixture.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task Version_3_1_1_works_alike()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync(MqttVersion.V311);
        List<string> made = await fixture.MakeAsync(12);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.Server.Connects.ShouldHaveSingleItem().Version.ShouldBe(MqttVersion.V311);
        fixture.ReceivedIds.ShouldBe(made);
    }

    [Fact]
    public async Task Messages_stay_under_the_servers_largest_packet()
    {
        await using GatewayFixture fixture = await GatewayFixture.StartAsync();
        fixture.Server.OnConnect = _ => new ConnAckPacket { MaximumPacketSize = 1200 };
        List<string> made = await fixture.MakeAsync(20);
        fixture.Connect();
        await fixture.DeliveredAsync();

        fixture.ReceivedIds.ShouldBe(made);
        fixture.Server.StepMessages.ShouldAllBe(message => message.Payload.Length < 1200);
        fixture.Server.StepMessages.Count().ShouldBeGreaterThan(2);
    }
}
