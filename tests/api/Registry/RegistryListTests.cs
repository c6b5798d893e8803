using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Registry;

/// <summary>Lists: filter, search, order, pages, count. In an organization of its own, so that what is found is known.</summary>
[Collection(ApiTests.Name)]
public sealed class RegistryListTests(ApiServer server)
{
    [Theory]
    [InlineData("id")]
    [InlineData("-id")]
    [InlineData("label")]
    [InlineData("-label")]
    [InlineData("serial")]
    [InlineData("-serial")]
    [InlineData("created_at")]
    [InlineData("-updated_at")]
    public async Task Page_by_page_every_thing_comes_once_and_in_order(string sort)
    {
        (ApiClient owner, _) = await ShopWithDevicesAsync(11);
        string field = sort.TrimStart('-');
        List<JsonNode> listed = [];
        for (string? after = null; ;)
        {
            JsonNode page = await owner.GetAsync($"/api/v1/devices?limit=3&sort={sort}&count=true{(after is null ? "" : "&after=" + after)}").ShouldAnswerAsync(200);
            ((long?)page["count"]).ShouldBe(11);
            listed.AddRange(page["items"]!.AsArray().Select(item => item!));
            after = (string?)page["next"];
            if (after is null) break;
            page["items"]!.AsArray().Count.ShouldBe(3);
        }

        listed.Select(item => (string)item["id"]!).Distinct().Count().ShouldBe(11);
        string[] values = [.. listed.Select(item => (string?)item[field] ?? "")];
        values.ShouldBe(sort.StartsWith('-') ? values.OrderDescending(StringComparer.Ordinal) : values.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/admin/api/v1/")]
    [InlineData("/api/v1/")]
    public async Task A_model_is_found_by_its_manufacturer_s_name_too(string api)
    {
        ApiClient administrator = await server.AdministratorAsync();
        string id = Guid.CreateVersion7().ToString("N"), maker = "Maker" + id, name = "Model" + id;
        JsonNode manufacturer = await administrator.PostAsync("/admin/api/v1/manufacturers", new JsonObject { ["name"] = maker }).ShouldAnswerAsync(201);
        JsonObject model = new() { ["manufacturer"] = (string)manufacturer["id"]!, ["name"] = name, ["kind"] = "mill", ["patterns"] = new JsonArray(name) };
        await administrator.PostAsync("/admin/api/v1/device-models", model).ShouldAnswerAsync(201);
        ApiClient who = api == "/api/v1/" ? await server.OwnerAsync() : administrator;
        foreach (string words in (string[])[maker, name, $"{maker[..20]} {name}", $"{maker} mill"])
        {
            JsonNode found = await who.GetAsync($"{api}device-models?q={Uri.EscapeDataString(words)}&count=true").ShouldAnswerAsync(200);
            ((long?)found["count"], (string?)found["items"]![0]!["name"]).ShouldBe((1, name), words);
        }

        ((long?)(await who.GetAsync($"{api}device-models?q={maker}%20furnace&count=true").ShouldAnswerAsync(200))["count"]).ShouldBe(0);
    }

    [Theory]
    [InlineData("q=window", 3)]
    [InlineData("q=WIN", 3)]
    [InlineData("q=indow", 0)]
    [InlineData("q=mx 0007", 1)]
    [InlineData("q=MX-0007", 1)]
    [InlineData("q=asiga", 11)]
    [InlineData("q=asiga window", 3)]
    [InlineData("q=' OR 1=1 --", 0)]
    [InlineData("q=(((:*!", null)]
    [InlineData("serial=MX-0003", 1)]
    [InlineData("serial=MX-0003&serial=MX-0004", 2)]
    [InlineData("serial=mx-0003", 0)]
    [InlineData("kind=resin_printer", 11)]
    [InlineData("kind=curing_unit", 0)]
    [InlineData("monitored=false", 0)]
    [InlineData("updated_since=2200-01-01T00:00:00Z", 0)]
    [InlineData("updated_since=2020-01-01T00:00:00Z&q=window", 3)]
    public async Task A_list_holds_what_was_asked_for(string query, int? count)
    {
        (ApiClient owner, _) = await ShopWithDevicesAsync(11);
        string path = "/api/v1/devices?count=true&" + query.Replace(" ", "%20").Replace("'", "%27");
        if (count is null)
        {
            await owner.GetAsync(path).ShouldBeProblemAsync(400, "invalid_request");
            return;
        }

        JsonNode page = await owner.GetAsync(path).ShouldAnswerAsync(200);
        (page["items"]!.AsArray().Count, (long?)page["count"]).ShouldBe((count.Value, count));
    }

    [Fact]
    public async Task Search_and_filters_of_one_organization_never_find_what_is_another_s()
    {
        (_, Shop shop) = await ShopWithDevicesAsync(2);
        ApiClient stranger = await server.OwnerAsync();
        foreach (string query in (string[])[$"organization={shop.Organization}", $"site={shop.Site}", "serial=MX-0001", "q=MX%200001"])
        {
            JsonNode page = await stranger.GetAsync($"/api/v1/devices?count=true&archived=any&{query}").ShouldAnswerAsync(200);
            ((long?)page["count"], page["items"]!.AsArray().Count).ShouldBe((0, 0), query);
        }

        JsonNode all = await (await server.AdministratorAsync()).GetAsync($"/admin/api/v1/devices?organization={shop.Organization}").ShouldAnswerAsync(200);
        all["items"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_label_that_a_person_gave_stays_when_the_gateway_announces_and_null_gives_it_back()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        DeviceId device = await gateway.AddDeviceAsync();
        ApiClient owner = await server.OwnerAsync();
        JsonNode named = await owner.PatchAsync($"/api/v1/devices/{device}", new JsonObject { ["label"] = "Ours", ["monitored"] = false }, "*").ShouldAnswerAsync(200);
        long version = (long)named["version"]!;
        await gateway.AnnounceAsync(TestGateway.Announcement(device)).ShouldAnswerAsync(200);
        JsonNode again = await owner.GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
        ((string?)again["label"], (bool?)again["monitored"], (long?)again["version"]).ShouldBe(("Ours", false, version), "an announcement that changes nothing is no new version");

        JsonNode told = await gateway.Api.GetAsync($"/gateway/api/v1/devices?source=printer-{device}").ShouldAnswerAsync(200);
        ((bool?)told["items"]!.AsArray().ShouldHaveSingleItem()!["monitored"]).ShouldBe(false);
        JsonNode back = await owner.PatchAsync($"/api/v1/devices/{device}", new JsonObject { ["label"] = null }, "*").ShouldAnswerAsync(200);
        ((string?)back["label"]).ShouldBe("Printer by the window");
        ((string?)back["created_by"], ((string?)back["updated_by"])!.Split(':')[0]).ShouldBe(($"gateway:{gateway.Id}", "user"));
    }

    [Fact]
    public async Task A_gateway_sees_itself_and_the_devices_of_its_site_alone()
    {
        TestGateway gateway = await server.AddGatewayAsync(await server.AddShopAsync("Alone"));
        string device = (await gateway.AddDeviceAsync()).ToString();
        JsonNode self = await gateway.Api.GetAsync("/gateway/api/v1/gateway").ShouldAnswerAsync(200);
        ((string?)self["id"], (string?)self["site"]).ShouldBe((gateway.Id.ToString(), gateway.Shop.Site.ToString()));
        JsonNode devices = await gateway.Api.GetAsync($"/gateway/api/v1/devices?site={server.Own.Site}").ShouldAnswerAsync(200);
        devices["items"]!.AsArray().ShouldBeEmpty();
        devices = await gateway.Api.GetAsync("/gateway/api/v1/devices?count=true").ShouldAnswerAsync(200);
        ((string?)devices["items"]!.AsArray().ShouldHaveSingleItem()!["id"], (long?)devices["count"]).ShouldBe((device, 1));
    }

    private async Task<(ApiClient Owner, Shop Shop)> ShopWithDevicesAsync(int count)
    {
        Shop shop = await server.AddShopAsync("Lists");
        TestGateway gateway = await server.AddGatewayAsync(shop);
        for (int i = 0; i < count; i++)
        {
            JsonObject announcement = TestGateway.Announcement(DeviceId.New(TimeProvider.System));
            announcement["label"] = i < 3 ? $"Printer by the window {i}" : $"Printer {i % 4}";
            if (i > 0) announcement["serial"] = $"MX-{i:0000}";
            announcement["network_address"] = $"192.0.2.{i}";
            await gateway.AnnounceAsync(announcement).ShouldAnswerAsync(200);
        }

        return (await server.UserAsync(shop.OwnerEmail), shop);
    }
}
