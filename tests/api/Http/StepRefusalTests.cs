using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Http;

[Collection(ApiTests.Name)]
public sealed class StepRefusalTests(ApiServer server)
{
    public static TheoryData<string> Titles => new(BadMessage.All.Keys);

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task What_is_wrong_with_a_step_is_told_and_its_bytes_are_kept(string what)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        BadMessage bad = BadMessage.All[what];
        byte[] message = await bad.Make(new BadMessage.Setting(gateway, await gateway.AddDeviceAsync()));

        JsonObject problem = await gateway.SendAsync(message).ShouldBeProblemAsync(422, "uplink_refused");

        JsonNode result = problem["results"]!.AsArray().ShouldHaveSingleItem()!;
        ((int?)result["index"], (string?)result["outcome"], (string?)result["code"]).ShouldBe((0, "refused", bad.Code));
        ((string?)problem["detail"]).ShouldBe((string?)result["reason"]);
        ((string?)result["reason"]).ShouldNotBeNullOrWhiteSpace();

        Quarantined kept = await gateway.FindQuarantinedAsync();
        (kept.Source, kept.Topic, kept.Organization).ShouldBe(("http", "/gateway/api/v1/steps", server.Own.Organization.Value));
        kept.Payload.ShouldBe(message);
        kept.Codes.ShouldBe([bad.Code]);
        JsonNode reason = kept.Reasons.ShouldHaveSingleItem()!;
        ((string?)reason["code"], (string?)reason["reason"], (string?)reason["id"]).ShouldBe((bad.Code, (string?)result["reason"], (string?)result["id"]));
    }

    [Fact]
    public async Task The_good_steps_of_a_message_are_stored_and_the_bad_ones_named_by_their_place()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonObject first = TestGateway.Step(device), wrong = TestGateway.Step(device), stranger = TestGateway.Step(DeviceId.New(TimeProvider.System)),
            last = TestGateway.Step(device);
        wrong["label"] = 5;
        byte[] message = new JsonArray(first, wrong, stranger, last).Bytes();

        JsonObject problem = await gateway.SendAsync(message).ShouldBeProblemAsync(422, "uplink_refused");

        JsonArray results = problem["results"]!.AsArray();
        results.Select(result => (string)result!["outcome"]!).ShouldBe(["stored", "refused", "refused", "stored"]);
        results.Select(result => (string?)result!["id"]).ShouldBe(new[] { first, wrong, stranger, last }.Select(step => (string?)step["id"]));
        foreach (JsonObject stored in new[] { first, last }) (await gateway.CountStoredAsync(stored)).ShouldBe(1);
        foreach (JsonObject refused in new[] { wrong, stranger }) (await gateway.CountStoredAsync(refused)).ShouldBe(0);

        Quarantined kept = await gateway.FindQuarantinedAsync();
        kept.Payload.ShouldBe(message);
        kept.Codes.ShouldBe(["unknown_device", "wrong_type"], ignoreOrder: true);
        kept.Reasons.Select(reason => (int)reason!["index"]!).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_thousand_steps_are_taken_in_one_message_and_one_more_is_refused_whole()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        JsonNode[] steps = [.. Enumerable.Range(0, 1001).Select(i => TestGateway.Step(device, TimeSpan.FromSeconds(20 + i)))];
        byte[] tooMany = new JsonArray(steps).Bytes();
        JsonObject problem = await gateway.SendAsync(tooMany).ShouldBeProblemAsync(422, "uplink_refused");
        ((string?)problem["results"]![0]!["code"]).ShouldBe("too_large");
        (await gateway.CountStoredAsync(steps[0])).ShouldBe(0);

        JsonNode answer = await gateway.SendAsync(new JsonArray([.. steps.Take(1000).Select(step => step.DeepClone())])).ShouldAnswerAsync(200);
        answer["results"]!.AsArray().Count.ShouldBe(1000);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM step_event WHERE device_id = $1", device.Value)).ShouldBe(1000);
    }

    [Fact]
    public async Task The_same_id_twice_in_one_message_is_one_step()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync()), other = step.DeepClone().AsObject();
        other["label"] = "Something else";
        JsonObject problem = await gateway.SendAsync(new JsonArray(step.DeepClone(), step.DeepClone(), other)).ShouldBeProblemAsync(422, "uplink_refused");
        problem["results"]!.AsArray().Select(result => (string)result!["outcome"]!).ShouldBe(["stored", "already_stored", "refused"]);
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
    }
}
