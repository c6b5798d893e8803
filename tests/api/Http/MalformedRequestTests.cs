using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>Whatever comes, the answer is a Problem that says where: never an empty 400, never a 500.</summary>
[Collection(ApiTests.Name)]
public sealed class MalformedRequestTests(ApiServer server)
{
    [Theory]
    [InlineData("nonsense")]
    [InlineData("0")]
    [InlineData("%7B0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001%7D")]
    [InlineData("0b6f7a523b3f4a528f430d4cf4a7c001")]
    [InlineData("0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c0011")]
    public async Task An_id_that_is_none_gets_a_problem_at_every_route(string id)
    {
        foreach (Route route in Route.Of(server).Where(route => route.Method == "GET" && route.Path.Contains("{id}") && route.Policy == "user"))
            await (await server.OwnerAsync()).GetAsync(route.With(id)).ShouldBeProblemAsync(400, "invalid_request");
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    // Not the last of all: what is thrown at the endpoints elsewhere announces devices of that id.
    [InlineData("fffffffe-ffff-ffff-ffff-ffffffffffff")]
    [InlineData("FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF")]
    public async Task An_id_that_nobody_has_gets_404_at_every_route(string id)
    {
        foreach (Route route in Route.Of(server).Where(route => route is { Method: "GET", Policy: "user" or "administrator" } && route.Path.Contains("{id}")))
        {
            ApiClient holder = route.Policy == "user" ? await server.OwnerAsync() : await server.AdministratorAsync();
            await holder.GetAsync(route.With(id)).ShouldBeProblemAsync(404, "not_found");
        }
    }

    [Fact]
    public async Task A_parameter_that_is_not_known_is_refused_at_every_route()
    {
        // Without its `from` and `to`, that they are missing is told first.
        string[] needing = ["/api/v1/devices/{id}/chart", "/api/v1/steps/calendar"];
        Route[] asked = [.. Route.Of(server).Where(route => route is { Method: "GET", Policy: "user" or "administrator" } && !needing.Contains(route.Path))];
        asked.Length.ShouldBeGreaterThan(40);
        foreach (Route route in asked)
        {
            ApiClient holder = route.Policy == "user" ? await server.OwnerAsync() : await server.AdministratorAsync();
            JsonNode problem = await holder.GetAsync(route.With("0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001") + "?colour=red").ShouldBeProblemAsync(400, "invalid_request");
            problem["errors"]![0]!.ToJsonString().ShouldContain("colour", customMessage: route.Endpoint);
        }
    }

    [Theory]
    [InlineData("2026-03-02")]
    [InlineData("2026-03-02T08:15:00")]
    [InlineData("03/02/2026")]
    [InlineData("2026-03-02T08:15:00 01:00")]
    [InlineData("2026-13-02T08:15:00Z")]
    [InlineData("1772439300")]
    [InlineData("")]
    public async Task A_time_that_is_not_written_in_full_is_refused(string time)
    {
        string given = Uri.EscapeDataString(time);
        ApiClient owner = await server.OwnerAsync();
        await owner.GetAsync($"/api/v1/steps?from={given}").ShouldBeProblemAsync(400, "invalid_request");
        await owner.GetAsync($"/api/v1/devices?updated_since={given}").ShouldBeProblemAsync(400, "invalid_request");
        await owner.GetAsync($"/api/v1/audit?to={given}").ShouldBeProblemAsync(400, "invalid_request");
    }

    [Theory]
    [InlineData("2026-03-02T08:15:00Z")]
    [InlineData("2026-03-02T08:15:00.123456%2B05:45")]
    public async Task A_time_with_its_offset_is_taken(string given) =>
        await (await server.OwnerAsync()).GetAsync($"/api/v1/steps?from={given}").ShouldAnswerAsync(200);

    [Fact]
    public async Task An_administrator_s_id_that_is_none_gets_a_problem() =>
        await (await server.AdministratorAsync()).GetAsync("/admin/api/v1/rejected-messages/nonsense/payload").ShouldBeProblemAsync(400, "invalid_request");

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=-1")]
    [InlineData("limit=many")]
    [InlineData("limit=99999999999999999999")]
    public async Task A_limit_out_of_its_range_gets_a_problem_in_every_list(string query)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string steps = $"/api/v1/devices/{await gateway.AddDeviceAsync()}/steps";
        await (await server.OwnerAsync()).GetAsync($"/api/v1/devices?{query}").ShouldBeProblemAsync(400, "invalid_request");
        await (await server.OwnerAsync()).GetAsync($"{steps}?{query}").ShouldBeProblemAsync(400, "invalid_request");
        await (await server.AdministratorAsync()).GetAsync($"/admin/api/v1/rejected-messages?{query}").ShouldBeProblemAsync(400, "invalid_request");
    }

    [Theory]
    [InlineData("/api/v1/devices?after=x")]
    [InlineData("/api/v1/devices/0b6f7a52-3b3f-4a52-8f43-0d4cf4a7c001/steps?before=x")]
    public async Task A_page_mark_that_is_none_gets_a_problem(string path) =>
        await (await server.OwnerAsync()).GetAsync(path).ShouldBeProblemAsync(400, "invalid_request");

    [Theory]
    [InlineData("/admin/api/v1/rejected-messages?before=x")]
    [InlineData("/admin/api/v1/rejected-messages?gateway=x")]
    public async Task An_administrator_s_page_mark_that_is_none_gets_a_problem(string path) =>
        await (await server.AdministratorAsync()).GetAsync(path).ShouldBeProblemAsync(400, "invalid_request");

    [Theory]
    [InlineData("", "")]
    [InlineData("null", "")]
    [InlineData("{", "")]
    [InlineData("[]", "")]
    [InlineData("\"x\"", "")]
    [InlineData("""{"email":"a","password":"b"} x""", "")]
    [InlineData("""{"email":"a"}""", "")]
    [InlineData("""{"email":"a","password":null}""", "/password")]
    [InlineData("""{"email":5,"password":"b"}""", "/email")]
    [InlineData("""{"email":["a"],"password":"b"}""", "/email")]
    [InlineData("""{"email":"a","password":"b","remember":true}""", "/remember")]
    [InlineData("""{"email":"a","password":"b","a.b/c~d":true}""", "/a.b~1c~0d")]
    [InlineData("""{"email":"\ud800","password":"b"}""", "/email")]
    public async Task A_sign_in_that_is_not_as_it_must_be_is_told_where(string body, string pointer) =>
        await server.Anonymous.PostAsync("/api/v1/sign-in", body).ShouldPointToAsync(pointer);

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_get_a_problem() =>
        await server.Anonymous.PostAsync("/api/v1/sign-in", [.. "{\"email\":\""u8, 0xFF, .. "\",\"password\":\"b\"}"u8])
            .ShouldPointToAsync("/email");

    [Theory]
    [InlineData("{}", "")]
    [InlineData("null", "")]
    [InlineData("""{"refresh_token":null}""", "/refresh_token")]
    [InlineData("""{"refresh_token":5}""", "/refresh_token")]
    [InlineData("""{"refreshToken":"x"}""", "/refreshToken")]
    public async Task A_refresh_that_is_not_as_it_must_be_is_told_where(string body, string pointer)
    {
        await server.Anonymous.PostAsync("/api/v1/token", body).ShouldPointToAsync(pointer);
        await server.Anonymous.PostAsync("/gateway/api/v1/token", body).ShouldPointToAsync(pointer);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=nonsense")]
    [InlineData("application/json; charset=\"utf-16\"")]
    [InlineData(null)]
    public async Task A_body_that_does_not_say_it_is_JSON_gets_a_problem(string? mediaType) =>
        await server.Anonymous.PostAsync("/api/v1/sign-in", "{}"u8.ToArray(), mediaType).ShouldBeProblemAsync(415, "unsupported_media_type");

    [Fact]
    public async Task A_missing_body_and_an_id_that_is_none_are_told_as_what_they_are()
    {
        ApiClient owner = await server.OwnerAsync();
        JsonNode body = await owner.SendAsync(HttpMethod.Post, "/api/v1/cases").ShouldBeProblemAsync(400, "invalid_request");
        ((string)body["detail"]!).ShouldContain("its body");
        JsonNode id = await owner.GetAsync("/api/v1/recordings?device=abc").ShouldBeProblemAsync(400, "invalid_request");
        ((string)id["detail"]!).ShouldContain("An id is written as");
    }

    [Theory]
    [InlineData("""{"name":"Hemi"}""", "", "It lacks reference")]
    [InlineData("""{"reference":"a","nickname":"H"}""", "/nickname", "no field of this name")]
    [InlineData("""{"reference":"a","birth_date":"1990-02-30"}""", "/birth_date", "A day is written as")]
    [InlineData("""{"reference":"a","birth_date":1}""", "/birth_date", "wrong type")]
    [InlineData("""{"reference":"a", name:}""", "", "The JSON breaks here")]
    public async Task What_is_wrong_with_a_body_is_told_at_its_place(string body, string pointer, string told)
    {
        JsonNode problem = await (await server.OwnerAsync()).PostAsync("/api/v1/cases", body).ShouldBeProblemAsync(400, "invalid_request");
        ((string?)problem["errors"]![0]!["pointer"], ((string?)problem["errors"]![0]!["detail"])!.Contains(told, StringComparison.Ordinal)).ShouldBe((pointer, true), problem.ToJsonString());
    }

    [Fact]
    public async Task A_caller_who_prefers_HTML_gets_the_problem_all_the_same()
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        http.DefaultRequestHeaders.Authorization = new("Bearer", (await server.OwnerAsync()).Token);
        await http.GetAsync("/api/v1/devices/nonsense").ShouldBeProblemAsync(400, "invalid_request");
        await http.GetAsync($"/api/v1/devices/{Guid.CreateVersion7()}").ShouldBeProblemAsync(404, "not_found");
        await http.GetAsync("/api/v1/nonsense").ShouldBeProblemAsync(404, "not_found");
        await http.GetAsync("/api/v1/sign-in").ShouldBeProblemAsync(405, "method_not_allowed");
    }

    [Theory]
    [InlineData("/gateway/api/v1/steps")]
    [InlineData("/gateway/api/v1/devices")]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_sent(string path)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", gateway.Tokens.AccessToken);
        http.DefaultRequestHeaders.ExpectContinue = true;
        ByteArrayContent body = new(new byte[(16 * 1024 * 1024) + 1]);
        body.Headers.ContentType = new("application/json");
        await http.PostAsync(path, body).ShouldBeProblemAsync(413, "too_large");
    }
}
