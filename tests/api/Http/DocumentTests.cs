using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>What the server tells about itself to whoever asks.</summary>
[Collection(ApiTests.Name)]
public sealed class DocumentTests(ApiServer server)
{
    [Theory]
    [InlineData("user")]
    [InlineData("administrator")]
    [InlineData("gateway")]
    public async Task Each_OpenAPI_document_holds_the_routes_of_its_API_and_no_other(string policy)
    {
        (string name, string prefix) = policy switch
        {
            "user" => ("user", "/api/v1/"),
            "administrator" => ("admin", "/admin/api/v1/"),
            _ => ("gateway", "/gateway/api/v1/"),
        };
        JsonNode document = await server.Anonymous.GetAsync($"/openapi/{name}.json").ShouldAnswerAsync(200);

        ((string?)document["openapi"]).ShouldNotBeNull().ShouldStartWith("3.1");
        string[] documented =
        [
            .. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")),
        ];
        string[] mapped =
        [
            .. Route.Of(server).Where(route => route.Path.StartsWith(prefix, StringComparison.Ordinal)).Select(route => $"{route.Method} {route.Path}"),
        ];
        mapped.ShouldNotBeEmpty();
        documented.ShouldBe(mapped, ignoreOrder: true);
        ((string?)document["components"]!["securitySchemes"]!["access_token"]!["scheme"]).ShouldBe("bearer");
    }

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    [InlineData("gateway")]
    public async Task Every_reference_in_a_document_leads_somewhere(string name)
    {
        JsonNode document = await server.Anonymous.GetAsync($"/openapi/{name}.json").ShouldAnswerAsync(200);
        foreach (string reference in References(document).Distinct())
        {
            JsonNode? target = document;
            foreach (string part in reference.TrimStart('#', '/').Split('/')) target = target?[part];
            target.ShouldNotBeNull(reference);
        }
    }

    [Fact]
    public async Task A_document_that_there_is_not_is_not_found() =>
        (await server.Anonymous.GetAsync("/openapi/nonsense.json")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);

    [Theory]
    [InlineData("/docs", "/openapi/user.json")]
    [InlineData("/admin/docs", "/openapi/admin.json")]
    [InlineData("/gateway/docs", "/openapi/gateway.json")]
    public async Task The_pages_carry_with_them_all_that_they_need(string page, string document)
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        using HttpResponseMessage answer = await http.GetAsync(page);
        answer.EnsureSuccessStatusCode();
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("text/html");
        string html = await answer.Content.ReadAsStringAsync();
        Uri shown = answer.RequestMessage!.RequestUri!;

        string[] parts = [.. Regex.Matches(html, "(src|href)=\"(?<part>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Select(match => match.Groups["part"].Value)];
        parts.Count(part => part.EndsWith(".js", StringComparison.Ordinal)).ShouldBeGreaterThan(1);
        bool namesDocument = html.Contains(document);
        foreach (string part in parts)
        {
            Uri uri = new(shown, part);
            uri.Authority.ShouldBe(server.HttpAddress.Authority, $"{page} fetches {part} from elsewhere");
            using HttpResponseMessage asset = await http.GetAsync(uri);
            ((int)asset.StatusCode).ShouldBe(200, part);
            namesDocument |= part.EndsWith("index.js", StringComparison.Ordinal) && (await asset.Content.ReadAsStringAsync()).Contains(document);
        }

        namesDocument.ShouldBeTrue($"{page} does not show {document}");
    }

    [Fact]
    public async Task The_front_door_leads_to_the_pages_of_users()
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        using HttpResponseMessage answer = await http.GetAsync("/");
        answer.EnsureSuccessStatusCode();
        answer.RequestMessage!.RequestUri!.AbsolutePath.ShouldStartWith("/docs");
    }

    [Fact]
    public async Task The_published_keys_are_public_keys_and_name_the_one_that_signs()
    {
        JsonNode set = await server.Anonymous.GetAsync("/.well-known/jwks.json").ShouldAnswerAsync(200);
        JsonObject key = set["keys"]!.AsArray().ShouldHaveSingleItem()!.AsObject();
        ((string?)key["kty"], (string?)key["crv"], (string?)key["alg"], (string?)key["use"]).ShouldBe(("EC", "P-256", "ES256", "sig"));
        key.ContainsKey("d").ShouldBeFalse();
        JsonNode header = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars((await server.OwnerAsync()).Token!.Split('.')[0]))!;
        ((string?)header["kid"]).ShouldBe((string?)key["kid"]);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(pair =>
            pair.Key == "$ref" && pair.Value is JsonValue value ? [(string)value!] : References(pair.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };
}
