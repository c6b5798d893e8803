using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using Xunit;

namespace StepCloud.Tests.Api.Http;

[Collection(ApiTests.Name)]
public sealed class CreateGatewayTests(ApiServer server)
{
    private const string Path = "/api/v1/gateways";

    [Fact]
    public async Task A_gateway_comes_with_its_first_tokens()
    {
        JsonObject request = Request();
        request["serial"] = "100000003d1d1c36";
        HttpResponseMessage created = await (await server.OwnerAsync()).PostAsync(Path, request);
        JsonNode answer = await Task.FromResult(created).ShouldAnswerAsync(201);

        string id = (string)answer["gateway"]!["id"]!;
        created.Headers.Location?.ToString().ShouldBe($"{Path}/{id}");
        ((string?)answer["gateway"]!["name"]).ShouldBe("Window");
        ((string?)answer["gateway"]!["site"]).ShouldBe(server.Own.Site.ToString());
        ((string?)answer["token_type"]).ShouldBe("Bearer");
        ((int?)answer["expires_in"]).ShouldBe(900);
        ((DateTimeOffset)answer["refresh_expires_at"]!).ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(89));
        (await server.Database.ScalarAsync<string>("SELECT serial FROM gateway WHERE id = $1", Guid.Parse(id))).ShouldBe("100000003d1d1c36");
        await server.With((string)answer["access_token"]!).PostAsync("/gateway/api/v1/steps", "[]").ShouldBeProblemAsync(422, "uplink_refused");
    }

    [Fact]
    public async Task An_id_of_ones_own_is_kept_and_cannot_be_given_twice()
    {
        JsonObject request = Request();
        request["id"] = GatewayId.New(TimeProvider.System).ToString();
        JsonNode answer = await (await server.OwnerAsync()).PostAsync(Path, request).ShouldAnswerAsync(201);
        ((string?)answer["gateway"]!["id"]).ShouldBe((string?)request["id"]);

        await (await server.OwnerAsync()).PostAsync(Path, request).ShouldBeProblemAsync(409, "id_taken");
        request["site"] = server.Other.Site.ToString();
        await (await server.StrangerAsync()).PostAsync(Path, request).ShouldBeProblemAsync(409, "id_taken");
    }

    [Theory]
    [InlineData("technician", true)]
    [InlineData("viewer", false)]
    [InlineData("auditor", false)]
    public async Task Owners_and_technicians_may(string role, bool may)
    {
        ApiClient user = await server.UserAsync(await server.AddUserAsync(role));
        if (may) await user.PostAsync(Path, Request()).ShouldAnswerAsync(201);
        else await user.PostAsync(Path, Request()).ShouldBeProblemAsync(403, "not_allowed");
    }

    [Theory]
    [InlineData("name", "null", "/name")]
    [InlineData("name", "5", "/name")]
    [InlineData("name", "\"\"", "/name")]
    [InlineData("name", "\"  \"", "/name")]
    [InlineData("name", "\"a\\u0000b\"", "/name")]
    [InlineData("serial", "\"a\\u0000b\"", "/serial")]
    [InlineData("serial", "{}", "/serial")]
    [InlineData("site", "null", "/site")]
    [InlineData("site", "5", "/site")]
    [InlineData("site", "\"x\"", "/site")]
    [InlineData("id", "\"x\"", "/id")]
    [InlineData("id", "\"00000000-0000-0000-0000-000000000000\"", "/id")]
    [InlineData("colour", "\"red\"", "/colour")]
    public async Task What_is_wrong_is_told_by_its_place(string field, string json, string pointer)
    {
        JsonObject request = Request();
        request[field] = JsonNode.Parse(json);
        await (await server.OwnerAsync()).PostAsync(Path, request).ShouldPointToAsync(pointer);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("serial")]
    public async Task Names_end_at_a_hundred_characters(string field)
    {
        JsonObject request = Request();
        request[field] = new string('x', 100);
        await (await server.OwnerAsync()).PostAsync(Path, request).ShouldAnswerAsync(201);
        request[field] = new string('x', 101);
        await (await server.OwnerAsync()).PostAsync(Path, request).ShouldPointToAsync("/" + field);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("site")]
    public async Task What_must_be_there_is_missed(string field)
    {
        JsonObject request = Request();
        request.Remove(field);
        await (await server.OwnerAsync()).PostAsync(Path, request).ShouldBeProblemAsync(400, "invalid_request");
    }

    private JsonObject Request() => new() { ["site"] = server.Own.Site.ToString(), ["name"] = "Window" };
}
