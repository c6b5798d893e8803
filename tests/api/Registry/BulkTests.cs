using System.Text;
using System.Text.Json.Nodes;
using CsvHelper;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Import and export, for every entity by the same pattern.</summary>
[Collection(ApiTests.Name)]
public sealed class BulkTests(ApiServer server)
{
    private const string Sites = "/admin/api/v1/sites";

    public static TheoryData<string, string> EveryInBothFormats()
    {
        TheoryData<string, string> data = [];
        foreach (RegistryEntity entity in Entities.All)
            foreach (string format in (string[])["csv", "json"]) data.Add(entity.Name, format);
        return data;
    }

    [Theory]
    [MemberData(nameof(EveryInBothFormats))]
    public async Task What_was_exported_changes_nothing_when_it_is_imported(string name, string format)
    {
        RegistryEntity entity = Entities.Get(name);
        await RegistryThings.NewAsync(server, entity);
        string path = RegistryPatternTests.PathOf(entity);
        ApiClient administrator = await server.AdministratorAsync();
        byte[] exported = await ExportAsync(path, $"format={format}&archived=any&updated_since={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddMinutes(-30).ToString("O"))}");

        foreach (string dry in (string[])["true", "false"])
        {
            JsonNode report = await ImportAsync(path, exported, $"format={format}&dry_run={dry}").ShouldAnswerAsync(200);
            int lines = (int)report["lines"]!;
            lines.ShouldBeGreaterThan(0);
            ((int?)report["unchanged"], (int?)report["changed"], (int?)report["created"], (int?)report["refused"]).ShouldBe((lines, 0, 0, 0), report.ToJsonString());
        }

        (await administrator.GetAsync($"{path}?limit=1").ShouldAnswerAsync(200))["items"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_export_has_all_rows_and_is_narrowed_as_the_list_is()
    {
        Shop shop = await server.AddShopAsync("Large");
        await server.Database.ExecuteAsync(
            """
            INSERT INTO site (id, organization_id, name, created_at, updated_at)
            SELECT gen_random_uuid(), $1, 'Branch ' || lpad(i::text, 4, '0'), now(), now() FROM generate_series(1, 1203) AS i
            """,
            shop.Organization.Value);
        foreach (string sort in (string[])["", "&sort=-name", "&sort=created_at"])
        {
            List<string[]> rows = Parse(await ExportAsync(Sites, $"organization={shop.Organization}{sort}"));
            rows[0].ShouldBe(Entities.Site.Fields.Select(field => field.Name));
            rows.Skip(1).Select(row => row[0]).Distinct().Count().ShouldBe(1204);
            if (sort == "&sort=-name") rows[2][2].ShouldBe("Branch 1203");
        }

        JsonNode json = JsonNode.Parse(await ExportAsync(Sites, $"format=json&organization={shop.Organization}&q=Branch%201"))!;
        json.AsArray().Count.ShouldBe(204);
        using HttpResponseMessage answer = await (await server.AdministratorAsync()).GetAsync($"{Sites}/export?organization={shop.Organization}");
        (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.FileName).ShouldBe(("text/csv", "sites.csv"));
    }

    [Fact]
    public async Task A_line_with_a_known_id_is_a_change_of_what_it_names_and_any_other_a_creation()
    {
        Shop shop = await server.AddShopAsync("Mixed");
        Guid own = Guid.CreateVersion7();
        string csv = $"id,organization,name,department,version\r\n{shop.Site},,Renamed,\"Milling, 2nd\",\r\n,{shop.Organization},New,,\r\n{own},{shop.Organization},Own id,,\r\n";
        JsonNode dry = await ImportAsync(Sites, csv.Replace(",,Renamed", $",{shop.Organization},Renamed"), "").ShouldAnswerAsync(200);
        ((bool?)dry["dry_run"], (int?)dry["created"], (int?)dry["changed"], (int?)dry["refused"]).ShouldBe((true, 2, 1, 0), dry.ToJsonString());
        (await SitesOfAsync(shop)).Select(site => (string)site["name"]!).ShouldBe(["Mixed workshop"], "a dry run changes nothing");

        JsonNode done = await ImportAsync(Sites, csv.Replace(",,Renamed", $",{shop.Organization},Renamed"), "dry_run=false").ShouldAnswerAsync(200);
        ((bool?)done["dry_run"], (int?)done["created"], (int?)done["changed"]).ShouldBe((false, 2, 1));
        JsonNode[] sites = await SitesOfAsync(shop);
        sites.Select(site => (string)site["name"]!).ShouldBe(["Renamed", "New", "Own id"], ignoreOrder: true);
        JsonNode renamed = sites.Single(site => (string?)site["id"] == shop.Site.ToString());
        ((string?)renamed["department"], (string?)renamed["time_zone"], ((string?)renamed["updated_by"])!.Split(':')[0]).ShouldBe(("Milling, 2nd", "UTC", "administrator"));
        sites.ShouldContain(site => (string?)site["id"] == own.ToString());
        (await server.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_entry WHERE chain_id = $1 AND action IN ('site.created', 'site.changed')", shop.Organization.Value)).ShouldBe(3);
    }

    [Fact]
    public async Task Every_bad_line_is_told_with_its_number_and_place_and_nothing_is_done()
    {
        Shop shop = await server.AddShopAsync("Bad");
        string archived = (string)(await (await server.AdministratorAsync()).PostAsync(
            Sites, new JsonObject { ["organization"] = shop.Organization.ToString(), ["name"] = "Old" }).ShouldAnswerAsync(201))["id"]!;
        await (await server.AdministratorAsync()).PostAsync($"{Sites}/{archived}/archive", """{"reason":"Closed."}""").ShouldAnswerAsync(200);
        string[] lines =
        [
            "id,organization,name,address,time_zone,version",
            $",{shop.Organization},Good,\"Two\nlines\",,",
            $",{shop.Organization},,,Mars/Olympus,",
            $",{Guid.NewGuid()},Stranger,,,",
            $"{shop.Site},{shop.Organization},Changed,,UTC,99",
            $"{shop.Site},{shop.Organization},Twice,,UTC,1",
            $"{archived},{shop.Organization},Older,,UTC,",
            $"x,{shop.Organization},Id,,,",
            "too,few",
            $"{Guid.NewGuid()},,Nowhere,,,",
        ];
        (int, string)[] wrong = [(4, "/name"), (4, "/time_zone"), (5, "/organization"), (6, "/version"), (7, "/id"), (8, ""), (9, "/id"), (10, ""), (11, "/organization")];
        string csv = string.Join("\r\n", lines);

        JsonNode dry = await ImportAsync(Sites, csv, "").ShouldAnswerAsync(200);
        Places(dry).ShouldBe(wrong, dry.ToJsonString());
        ((int?)dry["lines"], (int?)dry["refused"], (int?)dry["created"]).ShouldBe((9, 8, 1));
        JsonObject real = await ImportAsync(Sites, csv, "dry_run=false").ShouldBeProblemAsync(422, "import_refused");
        Places(real).ShouldBe(wrong);
        (await SitesOfAsync(shop)).Select(site => (string)site["name"]!).ShouldBe(["Bad workshop"]);
    }

    [Fact]
    public async Task What_the_database_refuses_of_one_line_is_told_beside_what_the_others_would_do()
    {
        JsonNode there = await RegistryThings.CreateAsync(server, Entities.Manufacturer);
        string one = $"Maker {Guid.NewGuid()}", other = $"Maker {Guid.NewGuid()}";
        JsonArray file = [new JsonObject { ["name"] = one }, new JsonObject { ["name"] = (string)there["name"]! }, new JsonObject { ["name"] = one }, new JsonObject { ["name"] = other }, 5];
        JsonObject problem = await ImportAsync("/admin/api/v1/manufacturers", file.ToJsonString(), "format=json&dry_run=false").ShouldBeProblemAsync(422, "import_refused");
        Places(problem).ShouldBe([(2, "/name"), (3, "/name"), (5, "")]);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM manufacturer WHERE name IN ($1, $2)", one, other)).ShouldBe(0);
    }

    [Fact]
    public async Task A_plan_without_room_refuses_the_lines_that_are_too_many()
    {
        Shop shop = await server.AddShopAsync("Trial");
        ApiClient administrator = await server.AdministratorAsync();
        await administrator.PatchAsync($"/admin/api/v1/organizations/{shop.Organization}", new JsonObject { ["plan"] = "trial" }, "*").ShouldAnswerAsync(200);
        string csv = "site,name\n" + string.Concat(Enumerable.Range(0, 4).Select(i => $"{shop.Site},Gateway {i}\n"));
        JsonNode dry = await ImportAsync("/admin/api/v1/gateways", csv, "").ShouldAnswerAsync(200);
        Places(dry).ShouldBe([(4, ""), (5, "")]);
        ((string?)dry["errors"]![0]!["detail"])!.ShouldContain("trial");
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+49 431 1")]
    [InlineData("-x")]
    [InlineData("@SUM(A1)")]
    [InlineData("'=1+1")]
    [InlineData("''=1")]
    [InlineData("'quoted'")]
    [InlineData("\uFF1D1")]
    [InlineData("a\"b,c\nd")]
    public async Task No_text_is_a_formula_in_a_spreadsheet_and_each_comes_back_as_it_was(string text)
    {
        Shop shop = await server.AddShopAsync("Formula");
        ApiClient administrator = await server.AdministratorAsync();
        await administrator.PatchAsync($"{Sites}/{shop.Site}", new JsonObject { ["address"] = text, ["name"] = "Before" }, "*").ShouldAnswerAsync(200);
        byte[] csv = await ExportAsync(Sites, $"organization={shop.Organization}");
        List<string[]> rows = Parse(csv);
        int column = Array.IndexOf(rows[0], "address");
        "=+-@\uFF1D".ShouldNotContain(rows[1][column][..1]);

        // Set to something else, the file brings it back.
        await administrator.PatchAsync($"{Sites}/{shop.Site}", new JsonObject { ["address"] = "Elsewhere" }, "*").ShouldAnswerAsync(200);
        string[] keep = ["id", "address"];
        string small = string.Join("\r\n", rows.Select(row => string.Join(',', keep.Select(name => $"\"{row[Array.IndexOf(rows[0], name)].Replace("\"", "\"\"")}\""))));
        ((int?)(await ImportAsync(Sites, small, "dry_run=false").ShouldAnswerAsync(200))["changed"]).ShouldBe(1);
        ((string?)(await SitesOfAsync(shop)).ShouldHaveSingleItem()["address"]).ShouldBe(text);
    }

    [Theory]
    [InlineData("csv", "", "")]
    [InlineData("csv", "name,colour\na,b", "/colour")]
    [InlineData("csv", "name,name\na,b", "/name")]
    [InlineData("csv", "name,a/b~c\na,b", "/a~1b~0c")]
    [InlineData("csv", "name\n\u00e4", "")]
    [InlineData("json", "{}", "")]
    [InlineData("json", "[{", "")]
    [InlineData("json", "[{\"name\":1,\"name\":2}]", "")]
    [InlineData("json", "[]x", "")]
    public async Task What_cannot_be_read_at_all_is_refused_whole(string format, string text, string pointer)
    {
        byte[] bytes = text.Contains('\u00e4') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
        JsonObject problem = await ImportAsync(Sites, bytes, $"format={format}&dry_run=false").ShouldBeProblemAsync(400, "invalid_request");
        ((string?)problem["errors"]![0]!["pointer"])!.ShouldStartWith(pointer);
    }

    [Theory]
    [InlineData("format=xml", "format")]
    [InlineData("dry_run=perhaps", "dry_run")]
    [InlineData("colour=red", "colour")]
    public async Task A_parameter_that_cannot_be_is_refused(string query, string pointer) =>
        await ImportAsync(Sites, "name\n", query).ShouldPointToAsync(pointer);

    [Theory]
    [InlineData("format=xml", "format")]
    [InlineData("limit=5", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("count=true", "count")]
    [InlineData("colour=red", "colour")]
    public async Task An_export_of_something_that_cannot_be_is_refused(string query, string pointer) =>
        await (await server.AdministratorAsync()).GetAsync($"{Sites}/export?{query}").ShouldPointToAsync(pointer);

    [Fact]
    public async Task There_is_a_bound_of_lines_and_of_bytes()
    {
        await ImportAsync("/admin/api/v1/manufacturers", "name\n" + string.Concat(Enumerable.Repeat("x\n", 5001)), "").ShouldBeProblemAsync(400, "invalid_request");
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.HttpAddress, "/admin/api/v1/manufacturers/import"))
        {
            Content = new ByteArrayContent(new byte[(8 * 1024 * 1024) + 1]),
        };
        request.Headers.Authorization = new("Bearer", (await server.AdministratorAsync()).Token);
        // It asks first: otherwise the server closes while it is still sending.
        request.Headers.ExpectContinue = true;
        using HttpClient http = new();
        await http.SendAsync(request).ShouldBeProblemAsync(413, "too_large");
    }

    [Fact]
    public async Task A_copy_of_people_s_data_is_an_entry()
    {
        Shop shop = await server.AddShopAsync("People");
        await ExportAsync("/admin/api/v1/users", $"organization={shop.Organization}");
        string entry = await server.Database.ScalarAsync<string>(
            "SELECT new_values::text FROM audit_entry WHERE chain_id = $1 AND action = 'user.read' ORDER BY sequence DESC LIMIT 1", shop.Organization.Value);
        JsonNode told = JsonNode.Parse(entry)!;
        ((bool?)told["filter"]!["export"], (int?)told["rows"]).ShouldBe((true, 1), entry);
    }

    [Fact]
    public async Task Nobody_is_made_by_an_import_and_a_name_can_be_mended()
    {
        string email = await server.AddUserAsync("viewer");
        Guid id = await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email);
        JsonArray file = [new JsonObject { ["id"] = id.ToString(), ["name"] = "Mended" }, new JsonObject { ["name"] = "Nobody" }];
        JsonNode dry = await ImportAsync("/admin/api/v1/users", file.ToJsonString(), "format=json").ShouldAnswerAsync(200);
        Places(dry).ShouldBe([(2, "/id")]);
        file.RemoveAt(1);
        ((int?)(await ImportAsync("/admin/api/v1/users", file.ToJsonString(), "format=json&dry_run=false").ShouldAnswerAsync(200))["changed"]).ShouldBe(1);
        (await server.Database.ScalarAsync<string>("SELECT name FROM app_user WHERE id = $1", id)).ShouldBe("Mended");
    }

    [Fact]
    public async Task A_label_that_is_the_gateway_s_stays_the_gateway_s()
    {
        Shop shop = await server.AddShopAsync("Labels");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        DeviceId device = await gateway.AddDeviceAsync();
        byte[] csv = await ExportAsync("/admin/api/v1/devices", $"organization={shop.Organization}");
        await ImportAsync("/admin/api/v1/devices", csv, "dry_run=false").ShouldAnswerAsync(200);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM device WHERE id = $1 AND given_label IS NULL AND version = 1", device.Value)).ShouldBe(1);
    }

    private static (int, string)[] Places(JsonNode report) =>
        [.. report["errors"]!.AsArray().Select(error => ((int)error!["line"]!, (string)error["pointer"]!)).Order()];

    private async Task<byte[]> ExportAsync(string path, string query)
    {
        using HttpResponseMessage answer = await (await server.AdministratorAsync()).GetAsync($"{path}/export?{query}");
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        ((int)answer.StatusCode).ShouldBe(200, Encoding.UTF8.GetString(body));
        return body;
    }

    private Task<HttpResponseMessage> ImportAsync(string path, string text, string query) => ImportAsync(path, Encoding.UTF8.GetBytes(text), query);

    private async Task<HttpResponseMessage> ImportAsync(string path, byte[] body, string query) =>
        await (await server.AdministratorAsync()).PostAsync($"{path}/import?{query}", body, "text/csv");

    private async Task<JsonNode[]> SitesOfAsync(Shop shop) =>
        [.. (await (await server.AdministratorAsync()).GetAsync($"{Sites}?organization={shop.Organization}").ShouldAnswerAsync(200))["items"]!.AsArray().Select(item => item!)];

    private static List<string[]> Parse(byte[] csv)
    {
        using CsvReader reader = CsvReader.FromText(Encoding.UTF8.GetString(csv), new CsvReaderOptions { HasHeader = false, Separator = ',' });
        List<string[]> rows = [];
        while (reader.Read()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(index => reader.GetString(index))]);
        return rows;
    }
}
