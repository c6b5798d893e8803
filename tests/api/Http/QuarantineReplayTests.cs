using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What an administrator does with refused messages: mends them, sends them on their way again, dismisses them.</summary>
[Collection(ApiTests.Name)]
public sealed class QuarantineReplayTests(ApiServer server)
{
    private const string Path = "/admin/api/v1/rejected-messages";

    [Fact]
    public async Task A_step_of_a_device_that_was_not_known_is_taken_once_the_device_is()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = DeviceId.New(TimeProvider.System);
        JsonObject step = TestGateway.Step(device);
        (ApiClient administrator, string path) = await RefusedAsync(gateway, step);
        JsonNode early = await administrator.PostAsync($"{path}/replay", "").ShouldAnswerAsync(200);
        ((string?)early["state"], (string?)early["results"]![0]!["code"]).ShouldBe(("open", "unknown_device"));
        await gateway.AnnounceAsync(TestGateway.Announcement(device)).ShouldAnswerAsync(200);

        JsonNode taken = await administrator.PostAsync($"{path}/replay", "").ShouldAnswerAsync(200);
        ((string?)taken["state"], (string?)taken["results"]![0]!["outcome"], (string?)taken["results"]![0]!["id"]).ShouldBe(("replayed", "stored", (string?)step["id"]));
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
        JsonNode twice = await administrator.PostAsync($"{path}/replay", "").ShouldAnswerAsync(200);
        ((string?)twice["state"], (string?)twice["results"]![0]!["outcome"]).ShouldBe(("replayed", "already_stored"));
        (await gateway.CountStoredAsync(step)).ShouldBe(1);

        // Refused again, it was not put into the quarantine a second time.
        (await gateway.FindQuarantinedAsync()).Codes.ShouldBe(["unknown_device"]);
        JsonNode found = await administrator.GetAsync(path).ShouldAnswerAsync(200);
        ((string?)found["replay"]!["by"]).ShouldNotBeNull().ShouldStartWith("administrator:");
        ((bool?)found["replay"]!["mended"], (string?)found["reasons"]![0]!["code"], found["dismissal"]).ShouldBe((false, "unknown_device", null));
        (await CountEntriesAsync(path, "rejected_message.replayed")).ShouldBe(3);
    }

    [Fact]
    public async Task What_was_mended_is_stored_and_what_came_stays_readable()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject good = TestGateway.Step(await gateway.AddDeviceAsync()), bad = good.DeepClone().AsObject();
        bad["label"] = 5;
        (ApiClient administrator, string path) = await RefusedAsync(gateway, bad);
        JsonNode answer = await administrator.PostAsync($"{path}/replay", new JsonArray(good.DeepClone(), bad.DeepClone())).ShouldAnswerAsync(200);
        answer["results"]!.AsArray().Select(result => (string)result!["outcome"]!).ShouldBe(["stored", "refused"]);
        ((string?)answer["state"]).ShouldBe("open", "half of it is not taken");

        ((string?)(await administrator.PostAsync($"{path}/replay", good).ShouldAnswerAsync(200))["state"]).ShouldBe("replayed");
        (await gateway.CountStoredAsync(good)).ShouldBe(1);
        (await (await administrator.GetAsync($"{path}/payload")).Content.ReadAsByteArrayAsync()).ShouldBe(bad.Bytes());
        JsonNode found = await administrator.GetAsync(path).ShouldAnswerAsync(200);
        ((bool?)found["replay"]!["mended"], (string?)found["replay"]!["results"]![0]!["outcome"]).ShouldBe((true, "already_stored"));
        await administrator.PostAsync($"{path}/dismiss", """{"reason":"Too late."}""").ShouldBeProblemAsync(409, "already_replayed");
    }

    [Fact]
    public async Task Two_who_replay_at_once_store_it_once()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject good = TestGateway.Step(await gateway.AddDeviceAsync());
        (ApiClient administrator, string path) = await RefusedAsync(gateway, new JsonArray());
        JsonNode[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => administrator.PostAsync($"{path}/replay", good).ShouldAnswerAsync(200)));
        answers.Select(answer => (string)answer["results"]![0]!["outcome"]!).Order().ShouldBe(["already_stored", "already_stored", "already_stored", "already_stored", "already_stored", "stored"]);
        (await gateway.CountStoredAsync(good)).ShouldBe(1);
    }

    [Fact]
    public async Task An_announcement_is_replayed_as_one()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = DeviceId.New(TimeProvider.System);
        JsonObject announcement = TestGateway.Announcement(device), bad = announcement.DeepClone().AsObject();
        bad["model"] = 7;
        await gateway.AnnounceAsync(bad).ShouldBeProblemAsync(422, "uplink_refused");
        (ApiClient administrator, string path) = await FindAsync(gateway);
        JsonNode answer = await administrator.PostAsync($"{path}/replay", announcement).ShouldAnswerAsync(200);
        ((string?)answer["results"]![0]!["outcome"], (string?)answer["results"]![0]!["model"]).ShouldBe(("known", "Asiga MAX UV385"));
        await gateway.AddStepAsync(device);
    }

    [Fact]
    public async Task Nothing_is_taken_in_the_name_of_a_gateway_that_is_unpaired()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject good = TestGateway.Step(await gateway.AddDeviceAsync());
        (ApiClient administrator, string path) = await RefusedAsync(gateway, new JsonArray());
        await (await server.OwnerAsync()).PostAsync($"/api/v1/gateways/{gateway.Id}/archive", """{"reason":"It is gone."}""").ShouldAnswerAsync(200);
        await administrator.PostAsync($"{path}/replay", good).ShouldBeProblemAsync(409, "not_replayable");
        (await gateway.CountStoredAsync(good)).ShouldBe(0);
        ((string?)(await administrator.GetAsync(path).ShouldAnswerAsync(200))["state"]).ShouldBe("open");
    }

    [Fact]
    public async Task What_came_on_a_topic_of_nobody_is_not_replayed()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        (ApiClient administrator, string path) = await RefusedAsync(gateway, new JsonArray());
        foreach (string topic in (string[])[$"sc/1/{gateway.Id}/nonsense", $"sc/1/{Guid.NewGuid()}/steps", "/gateway/api/v1/commands/x/result", $"sc/1/{gateway.Id}/commands/x/result", ""])
        {
            await server.Database.ExecuteAsync("UPDATE rejected_message SET topic = $1 WHERE gateway_id = $2", topic, gateway.Id.Value);
            await administrator.PostAsync($"{path}/replay", "").ShouldBeProblemAsync(409, "not_replayable");
        }
    }

    [Fact]
    public async Task A_dismissed_message_says_why_and_lists_are_by_state()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        (ApiClient administrator, string path) = await RefusedAsync(gateway, new JsonArray());
        await administrator.PostAsync($"{path}/dismiss", """{"reason":" "}""").ShouldPointToAsync("/reason");
        await administrator.PostAsync($"{path}/dismiss", new JsonObject { ["reason"] = new string('a', 501) }).ShouldPointToAsync("/reason");
        (await CountAsync(administrator, gateway, "open")).ShouldBe(1);
        JsonNode dismissed = await administrator.PostAsync($"{path}/dismiss", """{"reason":"A test of the maker's."}""").ShouldAnswerAsync(200);
        ((string?)dismissed["state"], (string?)dismissed["dismissal"]!["reason"]).ShouldBe(("dismissed", "A test of the maker's."));
        JsonNode again = await administrator.PostAsync($"{path}/dismiss", """{"reason":"Another."}""").ShouldAnswerAsync(200);
        JsonNode.DeepEquals(again, dismissed).ShouldBeTrue();
        (await CountAsync(administrator, gateway, "open"), await CountAsync(administrator, gateway, "dismissed"), await CountAsync(administrator, gateway, "replayed")).ShouldBe((0, 1, 0));
        await administrator.GetAsync($"{Path}?state=gone").ShouldPointToAsync("state");
        (await CountEntriesAsync(path, "rejected_message.dismissed")).ShouldBe(1);

        JsonObject good = TestGateway.Step(await gateway.AddDeviceAsync());
        ((string?)(await administrator.PostAsync($"{path}/replay", good).ShouldAnswerAsync(200))["state"]).ShouldBe("replayed");
        (await CountAsync(administrator, gateway, "replayed")).ShouldBe(1);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/replay")]
    [InlineData("POST", "/dismiss")]
    public async Task What_is_not_there_is_not_found(string method, string what)
    {
        ApiClient administrator = await server.AdministratorAsync();
        StringContent? body = method == "GET" ? null : new("""{"reason":"None."}""", System.Text.Encoding.UTF8, "application/json");
        await administrator.SendAsync(new HttpMethod(method), $"{Path}/{Guid.CreateVersion7()}{what}", body).ShouldBeProblemAsync(404, "not_found");
    }

    private async Task<(ApiClient Administrator, string Path)> RefusedAsync(TestGateway gateway, JsonNode steps)
    {
        await gateway.SendAsync(steps).ShouldBeProblemAsync(422, "uplink_refused");
        return await FindAsync(gateway);
    }

    private async Task<(ApiClient Administrator, string Path)> FindAsync(TestGateway gateway)
    {
        ApiClient administrator = await server.AdministratorAsync();
        JsonNode page = await administrator.GetAsync($"{Path}?gateway={gateway.Id}").ShouldAnswerAsync(200);
        return (administrator, $"{Path}/{page["items"]!.AsArray().ShouldHaveSingleItem()!["id"]}");
    }

    private static async Task<int> CountAsync(ApiClient administrator, TestGateway gateway, string state) =>
        (await administrator.GetAsync($"{Path}?gateway={gateway.Id}&state={state}").ShouldAnswerAsync(200))["items"]!.AsArray().Count;

    private Task<long> CountEntriesAsync(string path, string action) => server.Database.ScalarAsync<long>(
        "SELECT count(*) FROM audit_entry WHERE subject_id = $1 AND action = $2 AND chain_id = $3", path.Split('/')[^1], action, server.Own.Organization.Value);
}
