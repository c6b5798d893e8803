using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Retention;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Retention;

/// <summary>How long things are kept, said and seen over HTTP, with the server's own run.</summary>
[Collection(ApiTests.Name)]
public sealed class RetentionEndpointTests(ApiServer server)
{
    private const string Path = "/api/v1/organization/retention";

    [Fact]
    public async Task Rules_are_replaced_previewed_and_carried_out_and_what_was_kept_in_memory_is_forgotten()
    {
        Shop shop = await server.AddShopAsync("Kept");
        ApiClient owner = await server.UserAsync(shop.OwnerEmail);
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId device = await gateway.AddDeviceAsync(), held = await gateway.AddDeviceAsync();
        JsonObject old = TestGateway.Step(device, TimeSpan.FromDays(1200)), thinned = TestGateway.Step(device, TimeSpan.FromDays(200));
        JsonObject kept = TestGateway.Step(held, TimeSpan.FromDays(1200));
        await gateway.SendAsync(new JsonArray(old, thinned, kept)).ShouldAnswerAsync(200);
        await server.Database.ExecuteAsync("UPDATE step_event SET received = ended WHERE organization_id = $1", shop.Organization.Value);
        await owner.GetAsync($"/api/v1/devices/{device}/steps/last").ShouldAnswerAsync(200);
        (await owner.GetAsync($"/api/v1/devices/{device}/steps").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(2);

        (await owner.GetAsync(Path).ShouldAnswerAsync(200)).ToJsonString().ShouldBe(
            """{"rules":[{"kind":"task_performed","series_months":null,"steps_years":null},{"kind":"settings_changed","series_months":null,"steps_years":null}]}""");
        JsonNode replaced = await PutAsync(owner, """{"rules":[{"kind":"task_performed","series_months":3,"steps_years":2}]}""").ShouldAnswerAsync(200);
        replaced["rules"]![0]!.ToJsonString().ShouldBe("""{"kind":"task_performed","series_months":3,"steps_years":2}""");
        JsonNode hold = await owner.PostAsync("/api/v1/legal-holds", new JsonObject { ["reason"] = "Complaint 17", ["device"] = held.ToString() }).ShouldAnswerAsync(201);
        JsonArray months = (await owner.GetAsync(Path + "/preview").ShouldAnswerAsync(200))["months"]!.AsArray();
        months.Select(month => ((long?)month!["thinned"], (long?)month["dropped"])).ShouldBe([(0, 1), (1, 0)]);

        await server.Service<RetentionRun>().RunAsync(null, CancellationToken.None);

        JsonNode last = await owner.GetAsync($"/api/v1/devices/{device}/steps/last").ShouldAnswerAsync(200);
        ((string?)last["step"]!["id"], (bool?)last["series"]![0]!["thinned"], last["series"]![0]!["values"]!.AsArray().Count).ShouldBe(((string?)thinned["id"], true, 0));
        (await owner.GetAsync($"/api/v1/devices/{device}/steps").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(1);
        await owner.GetAsync($"/api/v1/steps/{old["id"]}").ShouldBeProblemAsync(404, "not_found");
        await owner.GetAsync($"/api/v1/steps/{kept["id"]}").ShouldAnswerAsync(200);
        (await owner.GetAsync(Path + "/preview").ShouldAnswerAsync(200))["months"]!.AsArray().ShouldBeEmpty();
        ((double?)(await owner.GetAsync($"/api/v1/steps/{thinned["id"]}/series").ShouldAnswerAsync(200))[0]!["samples"]!["max"]).ShouldNotBeNull();

        JsonNode released = await owner.PostAsync($"/api/v1/legal-holds/{hold["id"]}/release", """{"reason":"Settled"}""").ShouldAnswerAsync(200);
        ((string?)released["release_reason"], (string?)released["reason"]).ShouldBe(("Settled", "Complaint 17"));
        (await owner.GetAsync("/api/v1/legal-holds?open=true").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
        (await owner.GetAsync("/api/v1/legal-holds").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(1);
        string audit = (await owner.GetAsync("/api/v1/audit?limit=200").ShouldAnswerAsync(200)).ToJsonString();
        foreach (string action in (string[])["organization.retention_changed", "organization.steps_thinned", "organization.steps_dropped", "legal_hold.placed", "legal_hold.released"])
            audit.ShouldContain(action);
    }

    [Theory]
    [InlineData("""{"rules":[{"kind":"print"}]}""", "/rules/0/kind")]
    [InlineData("""{"rules":[{"kind":"task_performed"},{"kind":"task_performed"}]}""", "/rules/1/kind")]
    [InlineData("""{"rules":[{"kind":"task_performed","series_months":0}]}""", "/rules/0/series_months")]
    [InlineData("""{"rules":[{"kind":"task_performed","series_months":1201}]}""", "/rules/0/series_months")]
    [InlineData("""{"rules":[{"kind":"task_performed","steps_years":0}]}""", "/rules/0/steps_years")]
    [InlineData("""{"rules":[{"kind":"task_performed","steps_years":-3}]}""", "/rules/0/steps_years")]
    [InlineData("""{"rules":[{"kind":"task_performed","steps_years":1,"series_months":13}]}""", "/rules/0/series_months")]
    [InlineData("""{"rules":[null]}""", "/rules/0")]
    [InlineData("""{"rules":null}""", "/rules")]
    [InlineData("""{}""", "")]
    public async Task A_rule_that_cannot_be_is_refused_where_it_stands(string body, string pointer)
    {
        JsonNode problem = await PutAsync(await server.OwnerAsync(), body).ShouldBeProblemAsync(400, "invalid_request");
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe(pointer);
    }

    [Theory]
    [InlineData("""{"reason":" "}""", "/reason")]
    [InlineData("""{"reason":"x","job":""}""", "/job")]
    [InlineData("""{"reason":"x","device":"0198c0de-0000-7000-8000-00000000abcd"}""", "/device")]
    public async Task A_hold_that_cannot_be_is_refused_where_it_stands(string body, string pointer)
    {
        JsonNode problem = await (await server.OwnerAsync()).PostAsync("/api/v1/legal-holds", body).ShouldBeProblemAsync(400, "invalid_request");
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe(pointer);
    }

    private static Task<HttpResponseMessage> PutAsync(ApiClient owner, string body) =>
        owner.SendAsync(HttpMethod.Put, Path, new StringContent(body, Encoding.UTF8, "application/json"));
}
