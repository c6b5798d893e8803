using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Calendar dates in things of the registry: orders, filters, pages, CSV; and what dates of one thing must be to each other.</summary>
[Collection(ApiTests.Name)]
public sealed class DateFieldTests(ApiServer server)
{
    private const string Lots = "/api/v1/material-lots";

    [Theory]
    [InlineData("expires_on")]
    [InlineData("-expires_on")]
    public async Task Page_by_page_every_lot_comes_once_and_in_the_order_of_its_date_those_without_one_before_all(string sort)
    {
        (ApiClient owner, _) = await ShopAsync();
        string?[] dates = ["2027-03-31", null, "1900-01-01", "2999-12-31", null, "2027-03-31", "2026-12-01"];
        for (int i = 0; i < dates.Length; i++) await AddLotAsync(owner, $"L{i}", expiresOn: dates[i]);

        List<(string Id, string? Date)> listed = [];
        for (string? after = null; ;)
        {
            JsonNode page = await owner.GetAsync($"{Lots}?limit=2&sort={sort}{(after is null ? "" : "&after=" + after)}").ShouldAnswerAsync(200);
            listed.AddRange(page["items"]!.AsArray().Select(item => ((string)item!["id"]!, (string?)item["expires_on"])));
            if ((after = (string?)page["next"]) is null) break;
        }

        IEnumerable<string?> inOrder = dates.Order(StringComparer.Ordinal);
        listed.Select(lot => lot.Date).ShouldBe(sort[0] == '-' ? inOrder.Reverse() : inOrder);
        listed.Select(lot => lot.Id).Distinct().Count().ShouldBe(dates.Length);
    }

    [Theory]
    [InlineData("""["expires_on","","x"]""")]
    [InlineData("""["expires_on","2026-02-30","0198c0de-0000-7000-8000-000000000001"]""")]
    [InlineData("""["expires_on","0001-01-01","0198c0de-0000-7000-8000-000000000001"]""")]
    [InlineData("""["material","2026-02-20","0198c0de-0000-7000-8000-000000000001"]""")]
    public async Task A_mark_of_a_page_that_never_was_is_refused(string mark) =>
        await (await server.OwnerAsync()).GetAsync($"{Lots}?sort=expires_on&after={System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(mark))}").ShouldPointToAsync("after");

    [Fact]
    public async Task What_is_due_on_a_day_is_found_by_it_and_by_several()
    {
        (ApiClient owner, TestGateway gateway) = await ShopAsync();
        string device = (await gateway.AddDeviceAsync()).ToString();
        foreach (string due in (string[])["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-03"])
        {
            JsonObject plan = new() { ["device"] = device, ["name"] = "Oil", ["kind"] = "maintenance", ["every_days"] = 7, ["first_due_on"] = due };
            await owner.PostAsync("/api/v1/maintenance-plans", plan).ShouldAnswerAsync(201);
        }

        (await CountAsync("due_on=2026-03-03")).ShouldBe(2);
        (await CountAsync("due_on=2026-03-02&due_on=2026-03-04")).ShouldBe(2);
        (await CountAsync("due_on=2026-03-05")).ShouldBe(0);
        JsonNode first = await owner.GetAsync("/api/v1/maintenance-plans?sort=due_on&limit=1").ShouldAnswerAsync(200);
        ((string?)first["items"]![0]!["due_on"]).ShouldBe("2026-03-02");
        foreach (string wrong in (string[])["2026-02-30", "soon", "", "2026-03-02T00:00:00Z"])
            await owner.GetAsync($"/api/v1/maintenance-plans?due_on={wrong}").ShouldPointToAsync("due_on");

        async Task<int> CountAsync(string query) => (await owner.GetAsync($"/api/v1/maintenance-plans?{query}").ShouldAnswerAsync(200))["items"]!.AsArray().Count;
    }

    [Fact]
    public async Task Dates_come_out_as_CSV_and_go_in_again()
    {
        (ApiClient owner, TestGateway gateway) = await ShopAsync();
        string lot = await AddLotAsync(owner, "L1", expiresOn: "2027-03-31");
        ApiClient administrator = await server.AdministratorAsync();
        using HttpResponseMessage export = await administrator.GetAsync($"/admin/api/v1/material-lots/export?organization={gateway.Shop.Organization}");
        string csv = await export.Content.ReadAsStringAsync();
        csv.ShouldContain(",2027-03-31,");

        JsonNode changed = await ImportAsync($"id,expires_on,opened_on\n{lot},2027-04-30,2026-03-02\n").ShouldAnswerAsync(200);
        ((int?)changed["changed"]).ShouldBe(1, changed.ToJsonString());
        JsonNode read = await owner.GetAsync($"{Lots}/{lot}").ShouldAnswerAsync(200);
        ((string?)read["expires_on"], (string?)read["opened_on"]).ShouldBe(("2027-04-30", "2026-03-02"));
        JsonObject refused = await ImportAsync($"id,expires_on\n{lot},31.03.2027\n").ShouldBeProblemAsync(422, "import_refused");
        ((string?)refused["errors"]![0]!["pointer"]).ShouldBe("/expires_on");

        Task<HttpResponseMessage> ImportAsync(string text) => administrator.SendAsync(
            HttpMethod.Post, "/admin/api/v1/material-lots/import?dry_run=false", new StringContent(text, Encoding.UTF8, "text/csv"));
    }

    [Fact]
    public async Task A_lot_is_not_opened_after_it_has_expired_however_the_dates_come_together()
    {
        (ApiClient owner, _) = await ShopAsync();
        await owner.PostAsync(Lots, Lot("L0", "2026-03-01").With("opened_on", "2026-03-02")).ShouldPointToAsync("/expires_on");
        string path = $"{Lots}/{await AddLotAsync(owner, "L1", expiresOn: "2026-03-02")}";
        await owner.PatchAsync(path, new JsonObject { ["opened_on"] = "2026-03-03" }, "*").ShouldPointToAsync("/opened_on");
        await owner.PatchAsync(path, new JsonObject { ["opened_on"] = "2026-03-02" }, "*").ShouldAnswerAsync(200);
        await owner.PatchAsync(path, new JsonObject { ["expires_on"] = "2026-03-01" }, "*").ShouldPointToAsync("/expires_on");
        await owner.PatchAsync(path, new JsonObject { ["opened_on"] = "2026-03-05", ["expires_on"] = null }, "*").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_combination_does_not_end_before_it_begins()
    {
        (ApiClient owner, _) = await ShopAsync();
        JsonObject body = await RegistryThings.BodyAsync(server, Entities.ValidatedCombination, withOrganization: false);
        await owner.PostAsync("/api/v1/validated-combinations", body.With("valid_from", "2026-03-02").With("valid_until", "2026-03-01")).ShouldPointToAsync("/valid_until");
        JsonNode made = await owner.PostAsync("/api/v1/validated-combinations", body.With("valid_until", "2026-03-02")).ShouldAnswerAsync(201);
        string path = $"/api/v1/validated-combinations/{made["id"]}";
        await owner.PatchAsync(path, new JsonObject { ["valid_until"] = "2026-03-01" }, "*").ShouldPointToAsync("/valid_until");
        await owner.PatchAsync(path, new JsonObject { ["valid_until"] = null }, "*").ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_lot_is_registered_once_in_an_organization_and_one_of_the_archive_counts()
    {
        (ApiClient owner, _) = await ShopAsync();
        string lot = await AddLotAsync(owner, "L1");
        await owner.PostAsync($"{Lots}/{lot}/archive", """{"reason":"Used up."}""").ShouldAnswerAsync(200);
        JsonObject problem = await owner.PostAsync(Lots, Lot("L1")).ShouldBeProblemAsync(409, "already_taken");
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe("/lot");
        await owner.PostAsync(Lots, Lot("L1").With("material", "Another resin")).ShouldAnswerAsync(201);
        (ApiClient other, _) = await ShopAsync();
        await AddLotAsync(other, "L1");
        await other.GetAsync($"{Lots}/{lot}").ShouldBeProblemAsync(404, "not_found");
    }

    [Theory]
    [InlineData("q=ortho", 2)]
    [InlineData("q=2026%200417", 1)]
    [InlineData("q=resins", 1)]
    [InlineData("q=shelf", 0)]
    [InlineData("material=Ortho%20Rigid", 2)]
    [InlineData("lot=L2", 1)]
    public async Task A_lot_is_found_by_its_material_its_number_and_who_made_it(string query, int count)
    {
        (ApiClient owner, _) = await ShopAsync();
        await owner.PostAsync(Lots, Lot("2026-0417").With("manufacturer", "Example Resins").With("note", "Third shelf")).ShouldAnswerAsync(201);
        await AddLotAsync(owner, "L2");
        (await owner.GetAsync($"{Lots}?{query}").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(count);
    }

    private static JsonObject Lot(string lot, string? expiresOn = null) => new() { ["material"] = "Ortho Rigid", ["lot"] = lot, ["expires_on"] = expiresOn };

    private static async Task<string> AddLotAsync(ApiClient owner, string lot, string? expiresOn = null) =>
        (string)(await owner.PostAsync(Lots, Lot(lot, expiresOn)).ShouldAnswerAsync(201))["id"]!;

    private async Task<(ApiClient Owner, TestGateway Gateway)> ShopAsync()
    {
        Shop shop = await server.AddShopAsync("Materials");
        return (await server.UserAsync(shop.OwnerEmail), await server.AddGatewayAsync(shop));
    }
}
