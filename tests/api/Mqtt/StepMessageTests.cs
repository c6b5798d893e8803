using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Mqtt;

/// <summary>What becomes of the messages of a gateway, right and wrong ones.</summary>
[Collection(ApiTests.Name)]
public sealed class StepMessageTests(ApiServer server)
{
    public static TheoryData<string, MqttVersion> BadMessages
    {
        get
        {
            TheoryData<string, MqttVersion> cases = [];
            foreach (string what in BadMessage.All.Keys)
            {
                cases.Add(what, MqttVersion.V500);
                cases.Add(what, MqttVersion.V311);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(BadMessages))]
    public async Task What_is_wrong_with_a_step_is_told_its_bytes_are_kept_and_the_connection_goes_on(string what, MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        BadMessage bad = BadMessage.All[what];
        BadMessage.Setting setting = new(gateway, device);
        byte[] message = await bad.Make(setting);

        PublishResult result = await mqtt.SendStepsAsync(message);

        await ShouldHaveRefusedAsync(gateway, mqtt, version, result, Topics.Steps(gateway.Id), message, bad.Code, bad.ReasonCode);
        JsonObject after = TestGateway.Step(device);
        (await mqtt.SendStepsAsync(after.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);
        (await gateway.CountStoredAsync(after)).ShouldBe(1);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_message_on_another_gateway_s_topic_is_refused_and_kept(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        byte[] message = TestGateway.Step(await other.AddDeviceAsync()).Bytes();
        string topic = Topics.Steps(other.Id);

        PublishResult result = await mqtt.PublishAsync(topic, message);

        await ShouldHaveRefusedAsync(gateway, mqtt, version, result, topic, message, "foreign_topic", ReasonCode.NotAuthorized);
        (await other.CountStoredAsync(JsonNode.Parse(message)!)).ShouldBe(0);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_message_on_a_topic_that_nothing_listens_on_is_refused_and_kept(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        string topic = $"sc/1/{gateway.Id}/step";
        byte[] message = TestGateway.Step(await gateway.AddDeviceAsync()).Bytes();
        PublishResult result = await mqtt.PublishAsync(topic, message);
        await ShouldHaveRefusedAsync(gateway, mqtt, version, result, topic, message, "unknown_topic", ReasonCode.TopicNameInvalid);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_step_is_stored_and_its_resend_acknowledged_and_stored_once(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        (await mqtt.SendStepsAsync(step.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);
        (await mqtt.SendStepsAsync(step.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);

        (await gateway.CountStoredAsync(step)).ShouldBe(1);
        mqtt.HasNotice.ShouldBeFalse();
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_device_is_announced_and_at_once_sends_its_step(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = DeviceId.New(TimeProvider.System);
        JsonObject step = TestGateway.Step(device);
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        Task<PublishResult> announced = mqtt.PublishAsync(Topics.Devices(gateway.Id), TestGateway.Announcement(device).Bytes());
        Task<PublishResult> sent = mqtt.SendStepsAsync(step.Bytes());

        (await announced).ReasonCode.ShouldBe(ReasonCode.Success);
        (await sent).ReasonCode.ShouldBe(ReasonCode.Success);
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
    }

    [Fact]
    public async Task Good_and_bad_messages_of_one_batch_each_get_their_own_answer()
    {
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        JsonObject[] good = [.. Enumerable.Range(0, 6).Select(i => TestGateway.Step(device, TimeSpan.FromMinutes(10 + i)))];

        // What comes while a first commit waits gathers into one batch.
        Task<PublishResult>[] answers;
        await using (StepTableLock held = await StepTableLock.TakeAsync(server.Database))
        {
            Task<PublishResult> first = mqtt.SendStepsAsync(good[0].Bytes());
            await held.SomebodyWaitsAsync();
            answers =
            [
                first, mqtt.SendStepsAsync(good[1].Bytes()), mqtt.SendStepsAsync("[1"u8.ToArray()), mqtt.SendStepsAsync(good[2].Bytes()),
                mqtt.PublishAsync(Topics.Steps(other.Id), good[3].Bytes()),
                mqtt.PublishAsync(Topics.Devices(gateway.Id), TestGateway.Announcement(DeviceId.New(TimeProvider.System)).Bytes()),
                mqtt.SendStepsAsync(new JsonArray(good[4].DeepClone(), new JsonObject(), good[5].DeepClone()).Bytes()),
            ];
        }

        (await Task.WhenAll(answers)).Select(answer => answer.ReasonCode).ShouldBe(
        [
            ReasonCode.Success, ReasonCode.Success, ReasonCode.PayloadFormatInvalid, ReasonCode.Success, ReasonCode.NotAuthorized,
            ReasonCode.Success, ReasonCode.PayloadFormatInvalid,
        ]);
        foreach (int stored in new[] { 0, 1, 2, 4, 5 }) (await gateway.CountStoredAsync(good[stored])).ShouldBe(1, $"step {stored}");
        (await gateway.CountStoredAsync(good[3])).ShouldBe(0);
        string[] topics = [(string)(await mqtt.NextNoticeAsync())["topic"]!, (string)(await mqtt.NextNoticeAsync())["topic"]!];
        topics.ShouldBe([Topics.Steps(gateway.Id), Topics.Steps(other.Id)]);
        JsonNode third = (await mqtt.NextNoticeAsync())["refusals"]!.AsArray().ShouldHaveSingleItem()!;
        ((int?)third["index"], (string?)third["code"]).ShouldBe((1, "missing_field"));
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM rejected_message WHERE gateway_id = $1", gateway.Id.Value)).ShouldBe(3);
    }

    [Fact]
    public async Task At_QoS_0_a_step_is_stored_and_a_refusal_told_on_the_topic_errors()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        await mqtt.Client.PublishAsync(Topics.Steps(gateway.Id), step.Bytes(), QualityOfService.AtMostOnce);
        await mqtt.Client.PublishAsync(Topics.Steps(gateway.Id), "{"u8.ToArray(), QualityOfService.AtMostOnce);

        JsonObject notice = await mqtt.NextNoticeAsync();
        ((int?)notice["packet_identifier"], (string?)notice["refusals"]![0]!["code"]).ShouldBe((0, "malformed_json"));
        await Eventually.HoldsAsync(async () => await gateway.CountStoredAsync(step) == 1, "the step is stored");
    }

    private async Task ShouldHaveRefusedAsync(
        TestGateway gateway, GatewayMqtt mqtt, MqttVersion version, PublishResult result, string topic, byte[] message, string code, ReasonCode reasonCode)
    {
        // 3.1.1 has no way to say no: it is acknowledged, since the bytes are kept and a resend would not help.
        result.ReasonCode.ShouldBe(version == MqttVersion.V500 ? reasonCode : ReasonCode.Success);
        if (version == MqttVersion.V500) result.ReasonString.ShouldNotBeNull().ShouldStartWith($"{code}: ");

        JsonObject notice = await mqtt.NextNoticeAsync();
        ((string?)notice["topic"]).ShouldBe(topic);
        ((int)notice["packet_identifier"]!).ShouldBeGreaterThan(0);
        JsonNode refusal = notice["refusals"]!.AsArray().ShouldHaveSingleItem()!;
        ((int?)refusal["index"], (string?)refusal["code"]).ShouldBe((0, code));
        if (version == MqttVersion.V500) $"{code}: {refusal["reason"]}".ShouldStartWith(result.ReasonString!.TrimEnd('.', '…'));

        Quarantined kept = await gateway.FindQuarantinedAsync();
        (kept.Source, kept.Topic, kept.Organization).ShouldBe(("mqtt", topic, server.Own.Organization.Value));
        kept.Payload.ShouldBe(message);
        kept.Codes.ShouldBe([code]);
        ((string?)kept.Reasons.ShouldHaveSingleItem()!["reason"]).ShouldBe((string?)refusal["reason"]);
    }
}
