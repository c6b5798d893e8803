using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Hostile;

/// <summary>On a server of their own, so that they run beside the other tests.</summary>
[CollectionDefinition(Name)]
public sealed class HostileTests : ICollectionFixture<ApiServer>
{
    public const string Name = "hostile requests";
}

/// <summary>Whatever is sent to whichever endpoint: an answer, never a 500, and nothing of the inside in it.</summary>
/// <remarks>The endpoints, and a good request to each, are those of <see cref="AccessTable"/>. What exactly is answered to which fault: <see cref="MalformedRequestTests"/>.</remarks>
[Collection(HostileTests.Name)]
public sealed class HostileRequestTests(ApiServer server, AccessScene scene) : IClassFixture<AccessScene>
{
    private const int RequestsEach = 40;

    /// <summary>Answer in the form that OAuth wants of them (RFC 6749 §5.2, RFC 8628 §3.5).</summary>
    private static readonly string[] s_oauth = ["POST /gateway/api/v1/pairing/device-authorization", "POST /gateway/api/v1/pairing/token"];

    public static TheoryData<string> Endpoints => new(AccessTable.Rows.Keys);

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Nothing_that_is_sent_to_an_endpoint_breaks_it(string endpoint)
    {
        Route route = Route.Of(server).Single(route => route.Endpoint == endpoint);
        Holder holder = new(route.Policy switch { null => "nobody", "user" => "owner", { } other => other });
        AccessRequest good = await AccessRequests.MakeAsync(endpoint, scene, holder);
        ApiClient client = good.By ?? await scene.NewHolderAsync(holder);
        // Bytes of a picture are no text that could be changed; other bodies are sent in their place.
        bool isText = good.Body?.Headers.ContentType?.MediaType?.StartsWith("image/", StringComparison.Ordinal) == false;
        string? body = isText ? await good.Body!.ReadAsStringAsync() : null;
        Gen<HostileRequest> requests = HostileRequest.Of(
            good.Path, body?.Length > 0 ? body : null, s_oauth.Contains(endpoint), await NamesAsync(route));

        Config config = Config.QuickThrowOnFailure.WithMaxTest(RequestsEach);
        Check.One(config, Prop.ForAll(requests.ToArbitrary(), request => ShouldBeAnsweredAsync(client, route, request).GetAwaiter().GetResult()));
    }

    private static async Task ShouldBeAnsweredAsync(ApiClient client, Route route, HostileRequest request)
    {
        ByteArrayContent? content = request.Body is null ? null : new(request.Body);
        if (request.MediaType is not null) content?.Headers.TryAddWithoutValidation("Content-Type", request.MediaType);
        using HttpResponseMessage answer = await client.SendAsync(new HttpMethod(route.Method), request.Path, content);
        if (ApiClient.IsStream(answer)) return;
        string text = await answer.Content.ReadAsStringAsync();
        int status = (int)answer.StatusCode;
        status.ShouldBeLessThan(500, text);
        if (status < 400 || route.Method == "HEAD") return;

        text.ShouldNotContain("Exception");
        text.ShouldNotContain("StepCloud.");
        text.ShouldNotContain("   at ");
        // Kestrel refuses these before the application sees anything, with an empty answer.
        if (text.Length == 0 && (status == 414 || (status == 400 && request.Path.Contains("%00")))) return;
        string? mediaType = answer.Content.Headers.ContentType?.MediaType;
        if (s_oauth.Contains(route.Endpoint) && mediaType == "application/json")
        {
            ((string?)JsonNode.Parse(text)!["error"]).ShouldNotBeNullOrEmpty();
            return;
        }

        mediaType.ShouldBe("application/problem+json", $"{status} {text}");
        JsonObject problem = JsonNode.Parse(text)!.AsObject();
        ((int?)problem["status"], (string?)problem["type"]).ShouldBe((status, "urn:stepcloud:problem:" + (string?)problem["code"]));
    }

    /// <summary>The members of the body and the parameters that the endpoint's document names.</summary>
    private async Task<IReadOnlyCollection<string>> NamesAsync(Route route)
    {
        string name = route.Path switch
        {
            _ when route.Path.StartsWith("/api/v1/", StringComparison.Ordinal) => "user",
            _ when route.Path.StartsWith("/admin/", StringComparison.Ordinal) => "admin",
            _ => "gateway",
        };
        JsonNode document = await server.Anonymous.GetAsync($"/openapi/{name}.json").ShouldAnswerAsync(200);
        if (document["paths"]![route.Path]?[route.Method.ToLowerInvariant()] is not { } operation) return [];
        IEnumerable<string> parameters = operation["parameters"]?.AsArray().Select(parameter => (string)parameter!["name"]!) ?? [];
        JsonNode? schema = operation["requestBody"]?["content"]?.AsObject().First().Value!["schema"];
        if ((string?)schema?["$ref"] is { } reference) schema = document["components"]!["schemas"]![reference.Split('/')[^1]];
        return [.. parameters, .. schema?["properties"]?.AsObject().Select(member => member.Key) ?? []];
    }
}
