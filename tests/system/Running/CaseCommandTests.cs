using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud case` and `stepcloud consent`, without a server. One that ran once has made what they need: the master key's check.</summary>
public sealed class CaseCommandTests
{
    private const string Hemi = """{"reference":"ORD-4711","name":"Hēmi Ngata","birth_date":"1980-02-29"}""";

    [Fact]
    public async Task A_case_is_made_found_given_a_consent_and_erased_and_each_look_is_an_entry()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        string[] of = ["--organization", (await installation.JsonAsync(0, ["user", "show", Installation.Email])).GetProperty("user").GetProperty("organization").GetString()!];

        string id = (await installation.JsonAsync(0, ["case", "create", .. of], Hemi)).GetProperty("id").GetString()!;
        JsonElement found = (await installation.JsonAsync(0, ["case", "find", .. of], """{"name":"ngata hemi","birth_date":"1980-02-29"}""")).GetProperty("cases").EnumerateArray().ShouldHaveSingleItem();
        string consent = (await installation.JsonAsync(
            0, ["consent", "record", id, .. of], """{"given_by":"guardian","guardian":"Mere Ngata","purposes":["recordings"],"form":"paper","given_at":"2024-01-02T00:00:00Z"}""")).GetProperty("id").GetString()!;
        (await ConsentsAsync(installation, id, of)).GetProperty("holds").GetBoolean().ShouldBeTrue();
        await installation.JsonAsync(0, ["consent", "withdraw", id, consent, "--form", "email", .. of]);
        (await ConsentsAsync(installation, id, of)).GetProperty("holds").GetBoolean().ShouldBeFalse();
        (await installation.JsonAsync(0, ["key", "rotate-organization", .. of])).GetProperty("version").GetInt32().ShouldBe(2);
        JsonElement shown = (await installation.JsonAsync(0, ["case", "show", id, .. of])).GetProperty("case");
        (await installation.JsonAsync(0, ["case", "erase", id, "--reason", "requested", .. of])).GetProperty("case").GetProperty("name").ValueKind.ShouldBe(JsonValueKind.Null);

        found.GetProperty("id").GetString().ShouldBe(id);
        shown.GetProperty("reference").GetString().ShouldBe("ORD-4711");
        (await installation.JsonAsync(0, ["case", "list", .. of])).GetProperty("cases").EnumerateArray().ShouldHaveSingleItem().GetProperty("erase_reason").GetString().ShouldBe("requested");
        (await installation.Database.ScalarAsync<string[]>(
            "SELECT array_agg(action ORDER BY sequence) FROM audit_entry WHERE action LIKE 'case.%' OR action LIKE 'consent.%' OR action LIKE '%key_rotated'")).ShouldBe(
        [
            "case.created", "case.read", "case.consent_recorded", "consent.read", "case.consent_withdrawn", "consent.read", "organization.key_rotated",
            "case.read", "case.erased", "case.read",
        ]);
    }

    [Theory]
    [InlineData("""{"reference":"ORD-1","nickname":"H"}""", "must be one JSON object")]
    [InlineData("""{"name":"Hemi"}""", "must be one JSON object")]
    [InlineData("nonsense", "must be one JSON object")]
    [InlineData("", "must be one JSON object")]
    [InlineData("""{"reference":" "}""", "a line of 1 to 64 characters")]
    public async Task What_is_no_case_is_refused_in_one_line(string input, string told)
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        string organization = (await installation.JsonAsync(0, ["user", "show", Installation.Email])).GetProperty("user").GetProperty("organization").GetString()!;
        (await installation.RefusalAsync(1, ["case", "create", "--organization", organization], input)).ShouldContain(told);
    }

    private static async Task<JsonElement> ConsentsAsync(Installation installation, string id, string[] of) =>
        (await installation.JsonAsync(0, ["consent", "list", id, .. of])).GetProperty("consents").EnumerateArray().ShouldHaveSingleItem();
}
