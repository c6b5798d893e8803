using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;
using Xunit;

namespace StepCloud.Tests.Api.Maintenance;

/// <summary>What was done of maintenance plans, as users record and read it. The plans themselves are asked for by the registry's tests.</summary>
[Collection(ApiTests.Name)]
public sealed class MaintenanceRecordTests(ApiServer server)
{
    private static DateOnly Today => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task What_passed_moves_the_due_date_and_what_failed_does_not()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        (await DueAsync(owner, plan)).ShouldBe((null, "2024-03-02"));

        JsonNode record = await owner.PostAsync($"{plan}/records", Record("2024-02-27", reference: "Certificate 7", note: "Lamp\nchanged")).ShouldAnswerAsync(201);
        ((string?)record["plan"], (string?)record["performed_on"], (string?)record["result"], (string?)record["reference"], (string?)record["note"])
            .ShouldBe((plan.Split('/')[^1], "2024-02-27", "passed", "Certificate 7", "Lamp\nchanged"));
        ((string?)record["recorded_by"])!.ShouldStartWith("user:");
        (await DueAsync(owner, plan)).ShouldBe(("2024-02-27", "2024-03-28"));

        await owner.PostAsync($"{plan}/records", Record("2024-03-28", "failed")).ShouldAnswerAsync(201);
        (await DueAsync(owner, plan)).ShouldBe(("2024-02-27", "2024-03-28"), "a failed one does not count");
        await owner.PostAsync($"{plan}/records", Record("2024-01-05")).ShouldAnswerAsync(201);
        (await DueAsync(owner, plan)).ShouldBe(("2024-02-27", "2024-03-28"), "what was done earlier and is recorded late does not take back the newer one");

        await owner.PatchAsync(plan, new JsonObject { ["every_days"] = 10 }, "*").ShouldAnswerAsync(200);
        (await DueAsync(owner, plan)).ShouldBe(("2024-02-27", "2024-03-08"));
    }

    [Fact]
    public async Task A_record_is_a_new_version_of_its_plan_when_it_moves_the_date_and_an_entry_of_the_audit_always()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        JsonNode passed = await owner.PostAsync($"{plan}/records", Record("2024-03-01")).ShouldAnswerAsync(201);
        JsonNode read = await owner.GetAsync(plan).ShouldAnswerAsync(200);
        ((long?)read["version"], (string?)read["updated_by"]).ShouldBe((2, (string?)passed["recorded_by"]));
        JsonNode failed = await owner.PostAsync($"{plan}/records", Record("2024-03-31", "failed")).ShouldAnswerAsync(201);
        ((long?)(await owner.GetAsync(plan).ShouldAnswerAsync(200))["version"]).ShouldBe(2);

        string[] entries = await server.Database.ScalarAsync<string[]>(
            "SELECT array_agg(concat_ws('|', doer_kind, coalesce(old_values::text, '-'), new_values) ORDER BY sequence) FROM audit_entry WHERE action = 'maintenance_plan.performed' AND subject_id = $1",
            plan.Split('/')[^1]);
        entries.ShouldBe(
        [
            $$"""user|{"due_on":"2024-03-02"}|{"record":"{{passed["id"]}}","performed_on":"2024-03-01","result":"passed","reference":null,"note":null,"due_on":"2024-03-31"}""",
            $$"""user|-|{"record":"{{failed["id"]}}","performed_on":"2024-03-31","result":"failed","reference":null,"note":null,"due_on":"2024-03-31"}""",
        ]);
    }

    [Fact]
    public async Task Records_are_read_newest_first_page_by_page()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 1, firstDueOn: "2024-01-01");
        (await owner.GetAsync($"{plan}/records").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
        for (int day = 1; day <= 7; day++) await owner.PostAsync($"{plan}/records", Record($"2024-01-0{day}", day % 2 == 0 ? "failed" : "passed")).ShouldAnswerAsync(201);
        List<string> days = [];
        for (string? before = null; ;)
        {
            JsonNode page = await owner.GetAsync($"{plan}/records?limit=3{(before is null ? "" : "&before=" + before)}").ShouldAnswerAsync(200);
            days.AddRange(page["items"]!.AsArray().Select(item => (string)item!["performed_on"]!));
            if ((before = (string?)page["next"]) is null) break;
        }

        days.ShouldBe(Enumerable.Range(1, 7).Reverse().Select(day => $"2024-01-0{day}"));
        await owner.GetAsync($"{plan}/records?limit=0").ShouldPointToAsync("limit");
        await owner.GetAsync($"{plan}/records?colour=red").ShouldPointToAsync("colour");
    }

    [Theory]
    [InlineData("""{"result":"passed"}""", "")]
    [InlineData("""{"performed_on":null,"result":"passed"}""", "/performed_on")]
    [InlineData("""{"performed_on":"2024-02-30","result":"passed"}""", "/performed_on")]
    [InlineData("""{"performed_on":"2024-02-03T00:00:00Z","result":"passed"}""", "/performed_on")]
    [InlineData("""{"performed_on":5,"result":"passed"}""", "/performed_on")]
    [InlineData("""{"performed_on":"1899-12-31","result":"passed"}""", "/performed_on")]
    [InlineData("""{"performed_on":"2024-02-03"}""", "")]
    [InlineData("""{"performed_on":"2024-02-03","result":null}""", "/result")]
    [InlineData("""{"performed_on":"2024-02-03","result":"good"}""", "/result")]
    [InlineData("""{"performed_on":"2024-02-03","result":"passed","reference":" "}""", "/reference")]
    [InlineData("""{"performed_on":"2024-02-03","result":"passed","reference":"a\nb"}""", "/reference")]
    [InlineData("""{"performed_on":"2024-02-03","result":"passed","note":"a\u0000b"}""", "/note")]
    [InlineData("""{"performed_on":"2024-02-03","result":"passed","due_on":"2024-02-03"}""", "/due_on")]
    public async Task A_record_that_cannot_be_is_refused_at_its_place(string body, string pointer)
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        await owner.PostAsync($"{plan}/records", body).ShouldPointToAsync(pointer);
        (await owner.GetAsync($"{plan}/records").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Texts_have_their_bounds_and_everything_that_is_wrong_is_told_at_once()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        JsonObject problem = await owner.PostAsync(
            $"{plan}/records", Record("2024-02-03", "good", new string('x', 201), new string('x', 1001))).ShouldBeProblemAsync(400, "invalid_request");
        problem["errors"]!.AsArray().Select(error => (string?)error!["pointer"]).ShouldBe(["/result", "/reference", "/note"]);
        await owner.PostAsync($"{plan}/records", Record("2024-02-03", "passed", new string('x', 200), new string('x', 1000))).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task The_day_may_be_tomorrow_s_in_UTC_and_not_the_one_after()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 3650, firstDueOn: "2024-03-02");
        // Three days on, so that midnight may pass meanwhile.
        await owner.PostAsync($"{plan}/records", Record($"{Today.AddDays(3):O}")).ShouldPointToAsync("/performed_on");
        await owner.PostAsync($"{plan}/records", Record($"{Today.AddDays(1):O}")).ShouldAnswerAsync(201);
        (await DueAsync(owner, plan)).DueOn.ShouldNotBe("2024-03-02");
    }

    [Fact]
    public async Task A_plan_of_the_archive_takes_no_record_and_shows_those_that_it_has()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        await owner.PostAsync($"{plan}/records", Record("2024-03-01")).ShouldAnswerAsync(201);
        await owner.PostAsync($"{plan}/archive", """{"reason":"The device was sold."}""").ShouldAnswerAsync(200);
        await owner.PostAsync($"{plan}/records", Record("2024-03-31")).ShouldBeProblemAsync(409, "archived");
        (await owner.GetAsync($"{plan}/records").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(1);
        await owner.PostAsync($"{plan}/restore", "").ShouldAnswerAsync(200);
        await owner.PostAsync($"{plan}/records", Record("2024-03-31")).ShouldAnswerAsync(201);
    }

    [Fact]
    public async Task The_same_request_with_its_key_records_once()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        string key = Guid.NewGuid().ToString();
        string[] answers = [await SendAsync(), await SendAsync()];
        answers[1].ShouldBe(answers[0]);
        (await owner.GetAsync($"{plan}/records").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(1);

        async Task<string> SendAsync()
        {
            using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.HttpAddress, $"{plan}/records"));
            request.Headers.Authorization = new("Bearer", owner.Token);
            request.Headers.Add("Idempotency-Key", key);
            request.Content = new StringContent(Record("2024-03-01").ToJsonString(), System.Text.Encoding.UTF8, "application/json");
            using HttpClient http = new();
            using HttpResponseMessage answer = await http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBe(201);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task A_stranger_finds_neither_the_plan_nor_its_records_and_plans_nothing_for_a_device_that_is_not_his()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        ApiClient stranger = await server.StrangerAsync();
        await stranger.GetAsync(plan).ShouldBeProblemAsync(404, "not_found");
        await stranger.GetAsync($"{plan}/records").ShouldBeProblemAsync(404, "not_found");
        await stranger.PostAsync($"{plan}/records", Record("2024-03-01")).ShouldBeProblemAsync(404, "not_found");
        string device = (string)(await owner.GetAsync(plan).ShouldAnswerAsync(200))["device"]!;
        await stranger.PostAsync("/api/v1/maintenance-plans", Plan(device, 30, "2024-03-02")).ShouldPointToAsync("/device");
        (await stranger.GetAsync($"/api/v1/maintenance-plans?device={device}").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/every_days", "every_days", "0")]
    [InlineData("/every_days", "every_days", "3651")]
    [InlineData("/kind", "kind", "\"cleaning\"")]
    [InlineData("/due_on", "due_on", "\"2024-03-02\"")]
    [InlineData("/last_performed_on", "last_performed_on", "\"2024-03-02\"")]
    [InlineData("/organization", "organization", "\"0198c0de-0000-7000-8000-000000000010\"")]
    public async Task A_plan_that_cannot_be_is_refused_at_its_place(string pointer, string field, string value)
    {
        string device = (await (await server.AddGatewayAsync()).AddDeviceAsync()).ToString();
        await (await server.OwnerAsync()).PostAsync("/api/v1/maintenance-plans", Plan(device, 30, "2024-03-02").With(field, JsonNode.Parse(value))).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task Nobody_changes_a_record_not_even_in_the_database()
    {
        (ApiClient owner, string plan) = await PlanAsync(everyDays: 30, firstDueOn: "2024-03-02");
        string record = (string)(await owner.PostAsync($"{plan}/records", Record("2024-03-01")).ShouldAnswerAsync(201))["id"]!;
        foreach (string statement in (string[])["UPDATE maintenance_record SET result = 'failed' WHERE id = $1", "DELETE FROM maintenance_record WHERE id = $1"])
            (await Should.ThrowAsync<Npgsql.PostgresException>(() => server.Database.ExecuteAsync(statement, Guid.Parse(record)))).MessageText.ShouldContain("append-only");
    }

    private static JsonObject Plan(string device, int everyDays, string firstDueOn) => new()
    {
        ["device"] = device, ["name"] = "Calibration", ["kind"] = "calibration", ["every_days"] = everyDays, ["first_due_on"] = firstDueOn,
    };

    private static JsonObject Record(string performedOn, string result = "passed", string? reference = null, string? note = null) => new()
    {
        ["performed_on"] = performedOn, ["result"] = result, ["reference"] = reference, ["note"] = note,
    };

    private static async Task<(string? LastPerformedOn, string DueOn)> DueAsync(ApiClient owner, string plan)
    {
        JsonNode read = await owner.GetAsync(plan).ShouldAnswerAsync(200);
        return ((string?)read["last_performed_on"], (string)read["due_on"]!);
    }

    /// <returns>The path of a new plan of the first organization.</returns>
    private async Task<(ApiClient Owner, string Plan)> PlanAsync(int everyDays, string firstDueOn)
    {
        ApiClient owner = await server.OwnerAsync();
        string device = (await (await server.AddGatewayAsync()).AddDeviceAsync()).ToString();
        JsonNode plan = await owner.PostAsync("/api/v1/maintenance-plans", Plan(device, everyDays, firstDueOn)).ShouldAnswerAsync(201);
        return (owner, $"/api/v1/maintenance-plans/{plan["id"]}");
    }
}
