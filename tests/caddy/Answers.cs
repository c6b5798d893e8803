using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Http;

namespace StepCloud.Tests.Caddy;

internal static class Answers
{
    /// <summary>The answer is that problem of the catalogue, as the api would have said it.</summary>
    public static async Task ShouldBeAsync(this HttpResponseMessage answer, ProblemKind kind)
    {
        string body = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe((HttpStatusCode)kind.Status, body);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        JsonNode problem = JsonNode.Parse(body)!;
        ((string)problem["type"]!).ShouldBe(kind.Type);
        ((string)problem["code"]!).ShouldBe(kind.Code);
        ((string)problem["title"]!).ShouldBe(kind.Title);
        ((int)problem["status"]!).ShouldBe(kind.Status);
    }
}
