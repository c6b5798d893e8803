using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Cases;

[Collection(ApiTests.Name)]
public sealed class ConsentEndpointTests(ApiServer server)
{
    [Fact]
    public async Task A_consent_is_recorded_read_withdrawn_and_stays()
    {
        ApiClient owner = await server.OwnerAsync();
        string address = await CaseRequests.NewAsync(server), id = address.Split('/')[^1];
        JsonObject given = CaseRequests.Consent().With("given_by", "guardian").With("guardian", "Mere Ngata").With("ends_at", "2999-01-01T00:00:00Z").With("note", "Folder 3");

        JsonNode recorded = await owner.PostAsync(address + "/consents", given).ShouldAnswerAsync(201);
        JsonNode before = await OnlyAsync(owner, address);
        await owner.PostAsync($"{address}/consents/{recorded["id"]}/withdraw", new JsonObject { ["form"] = "in_person" }).ShouldAnswerAsync(200);
        JsonNode after = await OnlyAsync(owner, address);

        ((string?)before["guardian"], (string?)before["note"], (bool?)before["holds"], (string?)before["withdrawn_at"]).ShouldBe(("Mere Ngata", "Folder 3", true, null));
        ((string?)after["guardian"], (bool?)after["holds"], (string?)after["withdrawn_form"]).ShouldBe(("Mere Ngata", false, "in_person"));
        ((string?)after["withdrawn_by"])!.ShouldStartWith("user:");
        (await server.Database.ScalarAsync<string[]>("SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE subject_id = $1", id))
            .ShouldBe(["case.created", "case.consent_recorded", "consent.read", "case.consent_withdrawn", "consent.read"]);
        (await server.Database.ScalarAsync<string>("SELECT string_agg(e::text, '') FROM audit_entry AS e WHERE subject_id = $1", id)).ShouldNotContain("Mere");
    }

    [Theory]
    [InlineData("given_by", "\"neighbour\"", "/given_by")]
    [InlineData("given_by", "\"guardian\"", "/guardian")]
    [InlineData("guardian", "\"Mere Ngata\"", "/guardian")]
    [InlineData("form", "\"telephone\"", "/form")]
    [InlineData("purposes", "[]", "/purposes")]
    [InlineData("purposes", "[\"recordings\",\"selling\"]", "/purposes/1")]
    [InlineData("purposes", "[\"recordings\",\"sharing\",\"teaching\",\"recordings\"]", "/purposes")]
    [InlineData("given_at", "\"2999-01-01T00:00:00Z\"", "/given_at")]
    [InlineData("ends_at", "\"2024-01-01T00:00:00Z\"", "/ends_at")]
    [InlineData("note", "\"one\\ntwo\"", "/note")]
    [InlineData("signed", "true", "/signed")]
    public async Task What_a_consent_cannot_be_is_refused_at_its_place(string field, string value, string pointer)
    {
        string address = await CaseRequests.NewAsync(server);
        await (await server.OwnerAsync()).PostAsync(address + "/consents", CaseRequests.Consent().With(field, JsonNode.Parse(value)!)).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task A_consent_of_one_case_is_not_withdrawn_by_the_address_of_another()
    {
        ApiClient owner = await server.OwnerAsync();
        string address = await CaseRequests.NewAsync(server), other = await CaseRequests.NewAsync(server);
        JsonNode recorded = await owner.PostAsync(address + "/consents", CaseRequests.Consent()).ShouldAnswerAsync(201);

        await owner.PostAsync($"{other}/consents/{recorded["id"]}/withdraw", new JsonObject { ["form"] = "paper" }).ShouldBeProblemAsync(404, "not_found");

        ((bool?)(await OnlyAsync(owner, address))["holds"]).ShouldBe(true);
    }

    private static async Task<JsonNode> OnlyAsync(ApiClient client, string address) =>
        (await client.GetAsync(address + "/consents").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
}
