using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What an administrator sees of refused messages.</summary>
[Collection(ApiTests.Name)]
public sealed class QuarantineTests(ApiServer server)
{
    private const string Path = "/admin/api/v1/rejected-messages";

    [Fact]
    public async Task Refused_messages_are_listed_newest_first_by_pages_and_by_gateway()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        for (int i = 0; i < 5; i++)
        {
            await gateway.SendAsync(StepJson.Bytes($"[{i}")).ShouldBeProblemAsync(422, "uplink_refused");
            await Task.Delay(2); // The ids sort by the millisecond.
        }

        ApiClient administrator = await server.AdministratorAsync();
        List<JsonNode> listed = [];
        List<int> pages = [];
        string? before = null;
        do
        {
            JsonNode page = await administrator.GetAsync($"{Path}?gateway={gateway.Id}&limit=2{(before is null ? "" : "&before=" + before)}").ShouldAnswerAsync(200);
            listed.AddRange(page["items"]!.AsArray().Select(item => item!));
            pages.Add(page["items"]!.AsArray().Count);
            before = (string?)page["next"];
        }
        while (before is not null);

        pages.ShouldBe([2, 2, 1]);
        listed.Select(item => (DateTimeOffset)item["received_at"]!).ShouldBeInOrder(SortDirection.Descending);
        JsonNode newest = listed[0];
        ((string?)newest["gateway"], (string?)newest["source"]).ShouldBe((gateway.Id.ToString(), "http"));
        ((string?)newest["topic"], (int?)newest["payload_bytes"]).ShouldBe(("/gateway/api/v1/steps", 2));
        ((string?)newest["reasons"]!.AsArray().ShouldHaveSingleItem()!["code"]).ShouldBe("malformed_json");

        List<string> payloads = [];
        foreach (JsonNode item in listed)
            payloads.Add(await (await administrator.GetAsync($"{Path}/{item["id"]}/payload")).Content.ReadAsStringAsync());
        payloads.ShouldBe(["[4", "[3", "[2", "[1", "[0"]);
    }

    [Fact]
    public async Task The_payload_is_given_byte_for_byte_as_a_file()
    {
        byte[] message = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        TestGateway gateway = await server.AddGatewayAsync();
        await gateway.SendAsync(message).ShouldBeProblemAsync(422, "uplink_refused");
        ApiClient administrator = await server.AdministratorAsync();
        JsonNode page = await administrator.GetAsync($"{Path}?gateway={gateway.Id}").ShouldAnswerAsync(200);
        string id = (string)page["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!;

        using HttpResponseMessage answer = await administrator.GetAsync($"{Path}/{id}/payload");
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(message);
        answer.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("application/octet-stream"));
        (answer.Content.Headers.ContentDisposition?.DispositionType).ShouldBe("attachment");
    }

    [Fact]
    public async Task Without_a_gateway_those_of_all_are_listed()
    {
        TestGateway one = await server.AddGatewayAsync(), other = await server.AddGatewayAsync(server.Other);
        await one.SendAsync("x"u8.ToArray()).ShouldBeProblemAsync(422, "uplink_refused");
        await other.SendAsync("x"u8.ToArray()).ShouldBeProblemAsync(422, "uplink_refused");
        JsonNode page = await (await server.AdministratorAsync()).GetAsync(Path).ShouldAnswerAsync(200);
        page["items"]!.AsArray().Take(2).Select(item => (string)item!["gateway"]!).ShouldBe([one.Id.ToString(), other.Id.ToString()], ignoreOrder: true);
    }
}
