using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Folders;

/// <summary>The page that opens links: what it fetches, and what its policy lets run.</summary>
[Collection(ApiTests.Name)]
public sealed partial class SharedPageTests(ApiServer server)
{
    [Fact]
    public async Task All_that_the_page_needs_is_here_and_nothing_in_it_runs_that_is_no_file_of_ours()
    {
        using HttpClient http = new() { BaseAddress = server.HttpAddress };
        using HttpResponseMessage answer = await http.GetAsync("/shared");
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("text/html");
        string policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self';");
        policy.ShouldNotContain("unsafe");
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        string html = await answer.Content.ReadAsStringAsync();
        html.ShouldNotContain("style=");
        InlineScript().IsMatch(html).ShouldBeFalse();
        Handler().IsMatch(html).ShouldBeFalse();
        string[] parts = [.. Part().Matches(html).Select(match => match.Groups["part"].Value)];
        parts.ShouldBe(["/shared/page.css", "/shared/page.js"]);
        foreach (string part in parts)
        {
            using HttpResponseMessage asset = await http.GetAsync(part);
            asset.EnsureSuccessStatusCode();
            (asset.Content.Headers.ContentType?.MediaType).ShouldBe(part.EndsWith("js", StringComparison.Ordinal) ? "text/javascript" : "text/css");
            (await asset.Content.ReadAsStringAsync()).ShouldNotContain("//cdn");
        }
    }

    [Fact]
    public async Task Whoever_cannot_see_it_is_told_what_is_what()
    {
        string html = await (await server.Anonymous.GetAsync("/shared")).Content.ReadAsStringAsync();
        html.ShouldContain("<html lang=\"en\">");
        html.ShouldContain("<label for=\"password\">");
        html.ShouldContain("role=\"alert\"");
        html.ShouldContain("role=\"status\"");
        html.ShouldContain("<caption>");
        Column().Count(html).ShouldBe(5);
    }

    [GeneratedRegex(@"<script(?![^>]*\ssrc=)", RegexOptions.None, 5000)]
    private static partial Regex InlineScript();

    [GeneratedRegex(@"\son[a-z]+=", RegexOptions.None, 5000)]
    private static partial Regex Handler();

    [GeneratedRegex("(src|href)=\"(?<part>[^\"]+)\"", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Part();

    [GeneratedRegex("<th scope=\"col\">", RegexOptions.None, 5000)]
    private static partial Regex Column();
}
