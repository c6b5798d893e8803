using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Access;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>On a server of their own, so that they run beside the other tests.</summary>
[CollectionDefinition(Name)]
public sealed class DocumentedTests : ICollectionFixture<ApiServer>
{
    public const string Name = "documents";
}

/// <summary>The three documents are complete and true: outside judges find nothing, examples are what the schemas say, and so is what the server answers.</summary>
[Collection(DocumentedTests.Name)]
public sealed class OpenApiTests(ApiServer server, AccessScene scene) : IClassFixture<AccessScene>
{
    private static readonly string[] s_methods = ["get", "post", "put", "patch", "delete"];

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    [InlineData("gateway")]
    public async Task Spectral_and_its_OWASP_ruleset_find_nothing(string name) => (await OpenApiJudge.LintAsync(await DocumentAsync(name))).ShouldBeEmpty();

    [Fact]
    public async Task Spectral_finds_what_is_missing()
    {
        JsonNode document = await DocumentAsync("gateway");
        JsonObject operation = document["paths"]!["/gateway/api/v1/gateway"]!["get"]!.AsObject();
        operation.Remove("security");
        operation["responses"]!.AsObject().Remove("401");
        operation["responses"]!.AsObject().Remove("500");
        document["components"]!["schemas"]!["Gateway"]!["properties"]!["name"]!.AsObject().Remove("maxLength");
        string[] findings = await OpenApiJudge.LintAsync(document);
        foreach (string rule in (string[])["stepcloud-security", "stepcloud-401", "owasp:api8:2023-define-error-responses-500", "owasp:api4:2023-string-limit"])
            findings.ShouldContain(finding => finding.StartsWith(rule, StringComparison.Ordinal), rule);
    }

    [Fact]
    public async Task A_document_is_made_once_whatever_stands_in_the_address()
    {
        using HttpResponseMessage first = await server.Anonymous.SendAsync(HttpMethod.Get, "/openapi/gateway.json");
        using HttpResponseMessage second = await server.Anonymous.SendAsync(HttpMethod.Get, $"/openapi/gateway.json?x={Guid.NewGuid()}");
        second.Headers.Age.ShouldNotBeNull("it is the one that was made before");
        (await second.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    [InlineData("gateway")]
    public async Task Every_body_has_an_example_and_every_example_is_what_its_schema_says(string name)
    {
        JsonNode document = await DocumentAsync(name);
        foreach ((string place, JsonObject content) in Operations(document).SelectMany(Bodies))
            (content.ContainsKey("example") || content.ContainsKey("examples")).ShouldBeTrue($"{place} has no example");

        (int examples, string[] faults) = await OpenApiJudge.HoldAsync(document, []);
        faults.ShouldBeEmpty();
        examples.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task An_example_that_is_not_what_its_schema_says_is_found()
    {
        JsonNode document = await DocumentAsync("gateway");
        document["components"]!["schemas"]!["Gateway"]!["properties"]!["id"]!["examples"] = new JsonArray("seven");
        document["paths"]!["/gateway/api/v1/gateway"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["example"]!.AsObject().Remove("name");
        (_, string[] faults) = await OpenApiJudge.HoldAsync(document, []);
        faults.Length.ShouldBe(2, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("user", "/api/v1/")]
    [InlineData("admin", "/admin/api/v1/")]
    [InlineData("gateway", "/gateway/api/v1/")]
    public async Task What_the_server_answers_is_what_the_document_says(string name, string prefix)
    {
        JsonNode document = await DocumentAsync(name);
        Holder holder = new(name switch { "user" => "owner", "admin" => "administrator", _ => "gateway" });
        JsonArray answers = [];
        foreach ((string method, string path, _) in Operations(document))
        {
            path.ShouldStartWith(prefix);
            answers.Add(await AnswerAsync($"{method.ToUpperInvariant()} {path}", holder, isOwn: true));
            if (document["paths"]![path]![method]!["security"] is JsonArray { Count: > 0 }) answers.Add(await AnswerAsync($"{method.ToUpperInvariant()} {path}", new Holder("nobody"), isOwn: false));
        }

        (_, string[] faults) = await OpenApiJudge.HoldAsync(document, answers);
        faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    [InlineData("gateway")]
    public async Task Each_POST_that_takes_an_Idempotency_Key_says_so_and_how_it_is_refused(string name)
    {
        foreach ((string method, string path, JsonObject operation) in Operations(await DocumentAsync(name)))
        {
            JsonNode? key = operation["parameters"]?.AsArray().SingleOrDefault(parameter => (string?)parameter!["name"] == "Idempotency-Key");
            // Whoever is not signed in has no keys, and what gateways send has ids of its own: what IdempotencyTests ask of the server.
            // A film would have to be kept in memory for it, a search is to be done anew, and a code for a tablet is kept nowhere.
            bool isTaken = method == "post" && path is not ("/api/v1/recordings" or "/api/v1/cases/search" or "/api/v1/cases/{id}/sign-in-codes") && name != "gateway" && operation["security"] is JsonArray { Count: > 0 };
            (key is not null).ShouldBe(isTaken, $"{method} {path}");
            if (key is null) continue;
            ((string?)key["in"], (bool?)key["required"] ?? false).ShouldBe(("header", false));
            foreach (string status in (string[])["400", "409", "422"]) operation["responses"]!.AsObject().ContainsKey(status).ShouldBeTrue($"{path} {status}");
            operation["responses"]!.AsObject().Where(answer => answer.Key[0] == '2').ShouldAllBe(answer => answer.Value!["headers"]!["Idempotency-Replayed"] != null, path);
        }
    }

    [Fact]
    public async Task Operations_are_called_by_names_of_their_own()
    {
        foreach (string name in (string[])["user", "admin", "gateway"])
        {
            string[] ids = [.. Operations(await DocumentAsync(name)).Select(operation => (string)operation.Operation["operationId"]!)];
            ids.ShouldBeUnique();
            foreach (string id in ids) id.ShouldMatch("^[a-z]+([A-Z][a-z]+)*$");
        }
    }

    private async Task<JsonNode> AnswerAsync(string endpoint, Holder holder, bool isOwn)
    {
        AccessRequest request = await AccessRequests.MakeAsync(endpoint, scene, holder);
        string[] parts = endpoint.Split(' ');
        ApiClient client = (isOwn ? request.By : null) ?? await scene.HolderAsync(holder);
        using HttpResponseMessage answer = await client.SendAsync(new HttpMethod(parts[0]), request.Path, request.Body, request.IfMatch);
        answer.Headers.GetValues("RateLimit").ShouldHaveSingleItem().ShouldMatch("^\"requests\";r=[0-9]+;t=[0-9]+$");
        string body = ApiClient.IsStream(answer) ? "..." : await answer.Content.ReadAsStringAsync();
        string? mediaType = body.Length == 0 ? null : answer.Content.Headers.ContentType?.MediaType;
        return new JsonObject
        {
            ["method"] = parts[0].ToLowerInvariant(), ["path"] = parts[1], ["status"] = $"{(int)answer.StatusCode}", ["mediaType"] = mediaType,
            ["body"] = mediaType?.EndsWith("json", StringComparison.Ordinal) == true && mediaType != "application/x-ndjson" ? JsonNode.Parse(body) : null,
        };
    }

    private async Task<JsonNode> DocumentAsync(string name) => await server.Anonymous.GetAsync($"/openapi/{name}.json").ShouldAnswerAsync(200);

    private static IEnumerable<(string Method, string Path, JsonObject Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where s_methods.Contains(operation.Key)
        select (operation.Key, path.Key, operation.Value!.AsObject());

    private static IEnumerable<(string Place, JsonObject Content)> Bodies((string Method, string Path, JsonObject Operation) of) =>
        from body in of.Operation["responses"]!.AsObject().Select(response => (response.Key, response.Value!["content"])).Append(("request", of.Operation["requestBody"]?["content"]))
        where body.Item2 is not null
        from content in body.Item2!.AsObject()
        select ($"{of.Method} {of.Path} {body.Item1} {content.Key}", content.Value!.AsObject());
}
