using System.Text;
using StepCloud.Api.Http;

namespace StepCloud.Tests.Api.Http;

/// <summary>docs/ERRORS.md, made of the catalogue.</summary>
internal static class ProblemPage
{
    /// <summary>Set to 1, the test writes the page instead of comparing it.</summary>
    public const string WriteVariable = "STEPCLOUD_WRITE_DOCS";

    private const string Head =
        """
        # Errors

        Every API answers an error with Problem Details (RFC 9457), `application/problem+json`. `code` is stable, and so is `type`, which is `urn:stepcloud:problem:` with the code behind it:
        build on those. `title`, `detail` and all other texts are for people, and may be improved. A wrong field is named in `errors` by its JSON Pointer (RFC 6901), a wrong parameter by its name.
        429 and 503 say in `Retry-After` when to come back. What else a problem carries stands with it below.

        The two addresses of the pairing by code answer as OAuth wants it (RFC 6749 §5.2) and not so: see [PROTOCOL.md](PROTOCOL.md), which has the codes of refused messages too.

        This page is made of the catalogue in `api/Http/ProblemKinds.cs`; the suite compares the two. To make it anew:
        `STEPCLOUD_WRITE_DOCS=1 dotnet test tests/api --filter ProblemCatalogueTests`.

        | status | code | title | what it means | what to do |
        | --- | --- | --- | --- | --- |

        """;

    public static string Render()
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        foreach (ProblemKind kind in ProblemKinds.All)
        {
            string status = kind.OtherStatus is { } other ? $"{kind.Status}, {other}" : $"{kind.Status}";
            page.Append($"| {status} | `{kind.Code}` | {kind.Title} | {kind.Meaning} | {kind.Remedy} |\n");
        }

        return page.ToString();
    }
}
