using System.Text.Json.Nodes;
using Shouldly;

namespace StepCloud.Tests.Api.Http;

/// <summary>What an answer must be.</summary>
internal static class Answers
{
    private const string TypePrefix = "urn:stepcloud:problem:";

    /// <returns>The body, which must be JSON; null when there is none.</returns>
    public static async Task<JsonNode> ShouldAnswerAsync(this Task<HttpResponseMessage> sending, int status)
    {
        using HttpResponseMessage answer = await sending;
        string body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, body);
        return body.Length == 0 ? new JsonObject() : JsonNode.Parse(body)!;
    }

    /// <summary>Holds the answer against RFC 9457: status, media type, `type`, `code`; and that nothing of the inside is told.</summary>
    public static async Task<JsonObject> ShouldBeProblemAsync(this Task<HttpResponseMessage> sending, int status, string code)
    {
        using HttpResponseMessage answer = await sending;
        string body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, body);
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("application/problem+json", body);
        JsonObject problem = JsonNode.Parse(body)!.AsObject();
        ((string?)problem["type"]).ShouldBe(TypePrefix + code);
        ((string?)problem["code"]).ShouldBe(code);
        ((int?)problem["status"]).ShouldBe(status);
        ((string?)problem["title"]).ShouldNotBeNullOrWhiteSpace();
        body.ShouldNotContain("Exception");
        body.ShouldNotContain("StepCloud.");
        return problem;
    }

    /// <summary>As <see cref="ShouldBeProblemAsync"/> for `invalid_request`, which names the place.</summary>
    public static async Task ShouldPointToAsync(this Task<HttpResponseMessage> sending, string pointer)
    {
        JsonObject problem = await sending.ShouldBeProblemAsync(400, "invalid_request");
        JsonObject error = problem["errors"]!.AsArray().ShouldHaveSingleItem()!.AsObject();
        ((string?)error["pointer"]).ShouldBe(pointer);
        ((string?)error["detail"]).ShouldNotBeNullOrWhiteSpace();
    }
}
