using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>What a gateway tells of itself, when it is paired and later, stands in the registry.</summary>
[Collection(ApiTests.Name)]
public sealed class GatewayVersionTests(ApiServer server) : IDisposable
{
    private const string Self = "/gateway/api/v1/gateway";

    private readonly PairingPeer _peer = new(server);

    public void Dispose() => _peer.Dispose();

    [Fact]
    public async Task What_a_gateway_tells_when_it_is_paired_is_kept_and_told_again_when_it_is_paired_again()
    {
        GatewayId id = GatewayId.New(TimeProvider.System);
        JsonNode first = await PairAsync(id, software: "1.2.3", hardware: "rev-b");
        ((string?)first["serial"], (string?)first["software_version"], (string?)first["hardware_version"]).ShouldBe(("100000003d1d1c36", "1.2.3", "rev-b"));
        JsonNode second = await PairAsync(id, software: "1.3.0", hardware: null);
        ((string?)second["software_version"], (string?)second["hardware_version"]).ShouldBe(("1.3.0", "rev-b"));
        (await server.Database.ScalarAsync<string>(
            "SELECT string_agg(new_values->>'software_version' || ' ' || coalesce(new_values->>'hardware_version', 'as it was'), '|' ORDER BY sequence) "
            + "FROM audit_entry WHERE subject_id = $1 AND action = 'gateway.paired'", id.ToString())).ShouldBe("1.2.3 rev-b|1.3.0 as it was");
    }

    [Fact]
    public async Task A_gateway_tells_later_what_it_is_and_what_was_so_before_is_no_new_version()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonNode before = await gateway.Api.GetAsync(Self).ShouldAnswerAsync(200);
        JsonObject told = new() { ["serial"] = "GW-7", ["software_version"] = "2.0.0", ["hardware_version"] = "rev-c" };
        JsonNode after = await gateway.Api.PatchAsync(Self, told, ifMatch: null).ShouldAnswerAsync(200);
        ((string?)after["serial"], (string?)after["software_version"], (string?)after["hardware_version"]).ShouldBe(("GW-7", "2.0.0", "rev-c"));
        ((long?)after["version"], (string?)after["updated_by"]).ShouldBe(((long)before["version"]! + 1, $"gateway:{gateway.Id}"));
        JsonNode same = await gateway.Api.PatchAsync(Self, told, ifMatch: null).ShouldAnswerAsync(200);
        JsonNode.DeepEquals(same, after).ShouldBeTrue();
        (await server.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE subject_id = $1 AND action = 'gateway.changed' AND doer_kind = 'gateway'", gateway.Id.ToString())).ShouldBe(1);

        await gateway.Api.PatchAsync(Self, new JsonObject { ["software_version"] = "2.0.1" }, $"\"{before["version"]}\"").ShouldBeProblemAsync(412, "precondition_failed");
        JsonNode taken = await gateway.Api.PatchAsync(Self, new JsonObject { ["hardware_version"] = null }, $"\"{after["version"]}\"").ShouldAnswerAsync(200);
        ((string?)taken["hardware_version"], (string?)taken["software_version"]).ShouldBe((null, "2.0.0"));
        JsonNode seen = await (await server.OwnerAsync()).GetAsync($"/api/v1/gateways/{gateway.Id}").ShouldAnswerAsync(200);
        JsonNode.DeepEquals(seen, taken).ShouldBeTrue();
    }

    [Theory]
    [InlineData("name", "\"Mine\"")]
    [InlineData("site", "\"0198c0de-0000-7000-8000-000000000020\"")]
    [InlineData("organization", "\"0198c0de-0000-7000-8000-000000000020\"")]
    [InlineData("unpaired_at", "null")]
    [InlineData("version", "1")]
    [InlineData("id", "\"0198c0de-0000-7000-8000-000000000020\"")]
    [InlineData("favourite_colour", "\"red\"")]
    [InlineData("software_version", "5")]
    [InlineData("software_version", "\"\"")]
    [InlineData("software_version", "\"a\\u0007b\"")]
    public async Task A_gateway_tells_nothing_that_is_not_its_own_to_tell(string field, string value)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await gateway.Api.PatchAsync(Self, JsonNode.Parse($"{{\"{field}\": {value}}}")!, ifMatch: null).ShouldPointToAsync("/" + field);
        await gateway.Api.PatchAsync(Self, new JsonArray(), ifMatch: null).ShouldPointToAsync("");
    }

    /// <returns>The gateway, as its users see it.</returns>
    private async Task<JsonNode> PairAsync(GatewayId id, string software, string? hardware)
    {
        Dictionary<string, string?> form = PairingPeer.StartForm(id);
        (form["software_version"], form["hardware_version"]) = (software, hardware);
        JsonNode codes = await _peer.PostFormAsync(PairingPeer.StartPath, form).ShouldAnswerAsync(200);
        ApiClient owner = _peer.As(await server.OwnerAsync());
        JsonNode shown = await owner.PostAsync("/api/v1/pairing/lookup", PairingPeer.Code((string)codes["user_code"]!)).ShouldAnswerAsync(200);
        ((string?)shown["hardware_version"]).ShouldBe(hardware);
        await owner.PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation((string)codes["user_code"]!, server.Own.Site)).ShouldAnswerAsync(200);
        return await owner.GetAsync($"/api/v1/gateways/{id}").ShouldAnswerAsync(200);
    }
}
