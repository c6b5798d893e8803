using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Shouldly;
using StepCloud.Api.Http;
using StepCloud.Tests.Api.Tools;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>All problems stand in one catalogue, and the documentation is made of it.</summary>
public sealed partial class ProblemCatalogueTests
{
    private static readonly string s_root = Path.Combine(Node.Folder, "..", "..");

    [Fact]
    public void The_page_of_errors_is_made_of_the_catalogue()
    {
        string file = Path.Combine(s_root, "docs", "ERRORS.md");
        if (Environment.GetEnvironmentVariable(ProblemPage.WriteVariable) == "1") File.WriteAllText(file, ProblemPage.Render());
        File.Exists(file).ShouldBeTrue();
        File.ReadAllText(file).ShouldBe(
            ProblemPage.Render(), $"docs/ERRORS.md is not of this catalogue: run the test once with {ProblemPage.WriteVariable}=1.");
    }

    [Fact]
    public void Each_problem_has_a_code_of_its_own_and_says_what_it_means_and_what_to_do()
    {
        ProblemKinds.All.Count.ShouldBeGreaterThan(40);
        ProblemKinds.All.Select(kind => kind.Code).ShouldBeUnique();
        foreach (ProblemKind kind in ProblemKinds.All)
        {
            kind.Code.ShouldMatch("^[a-z][a-z_]+$");
            kind.Status.ShouldBeInRange(400, 507);
            foreach (string text in (string[])[kind.Title, kind.Meaning, kind.Remedy])
            {
                text.ShouldEndWith(".", Case.Sensitive, kind.Code);
                text.ShouldNotContain('|');
            }
        }
    }

    /// <summary>Nothing but <see cref="Problems"/> makes a problem, and it makes them of the catalogue alone.</summary>
    [Fact]
    public void No_code_makes_a_problem_past_the_catalogue()
    {
        string[] makers = [.. Sources("api").Where(file => NewProblem().IsMatch(File.ReadAllText(file))).Select(file => Path.GetFileName(file)!)];
        makers.ShouldBe(["Problems.cs"]);
        NewProblem().Count(File.ReadAllText(Path.Combine(s_root, "api", "Http", "Problems.cs"))).ShouldBe(2, "one place makes the details, one wraps them");
    }

    [Fact]
    public void What_the_store_refuses_has_a_code_of_the_catalogue()
    {
        string[] codes = [.. Sources("storage").SelectMany(file => StoredRefusal().Matches(File.ReadAllText(file))).Select(match => match.Groups["code"].Value)];
        codes.ShouldNotBeEmpty();
        foreach (string code in codes) ProblemKinds.All.ShouldContain(kind => kind.Code == code && kind.Status == 409, code);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(418)]
    [InlineData(500)]
    public void A_status_with_nothing_else_becomes_a_problem_of_the_catalogue(int status)
    {
        DefaultHttpContext context = new() { Response = { StatusCode = status } };
        Microsoft.AspNetCore.Mvc.ProblemDetails problem = Problems.OfStatus(context).ProblemDetails;
        problem.Status.ShouldBe(status);
        problem.Title.ShouldBe(ProblemKinds.Get((string)problem.Extensions["code"]!).Title);
    }

    [GeneratedRegex(@"new ProblemDetails\b|ProblemDetails \w+ = new\(|TypedResults\.Problem\(|Results\.Problem\(|ValidationProblem\(", RegexOptions.None, 5000)]
    private static partial Regex NewProblem();

    [GeneratedRegex("""RegistryOutcome\.Refused\(\s*"(?<code>[a-z_]+)""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex StoredRefusal();

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(Path.Combine(s_root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
}
