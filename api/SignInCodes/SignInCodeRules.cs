using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage.SignInCodes;

namespace StepCloud.Api.SignInCodes;

/// <summary>What is refused about sign-in codes, and how it is said.</summary>
internal static partial class SignInCodeRules
{
    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    public static string? DeviceIdFault(string id) => DeviceId().IsMatch(id)
        ? null
        : $"It must have 1 to {SignInCodeLimits.DeviceIdCharsMax} letters and digits of ASCII, and the signs . _ : - between them.";

    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    public static string? DeviceNameFault(string? name) =>
        name is null ? null
        : string.IsNullOrWhiteSpace(name) || name.Length > SignInCodeLimits.DeviceNameCharsMax ? $"It must have 1 to {SignInCodeLimits.DeviceNameCharsMax} characters."
        : name.Any(char.IsControl) ? "It may not hold control characters."
        : null;

    /// <summary>Unknown, wrong, expired, used or destroyed: one answer for all, so that nothing is learnt from it.</summary>
    public static ProblemHttpResult Invalid() => Problems.Of(ProblemKinds.InvalidSignInCode, "Compare it with what was shown, or have another one made.");

    public static ProblemHttpResult ProblemOf(SignInCodeAddition addition, HttpContext context) => addition switch
    {
        SignInCodeAddition.UnknownCase => Problems.NotFound("case"),
        SignInCodeAddition.CaseErased => Problems.Of(ProblemKinds.CaseErased),
        SignInCodeAddition.TooMany => Problems.Of(
            ProblemKinds.TooManySignInCodes, $"There can be {SignInCodeLimits.CodesOfUserMax} of yours at a time, one for a case. Use or withdraw some."),
        SignInCodeAddition.NoneFree => Problems.Busy(context),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9._:-]{0,62}[A-Za-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DeviceId();
}
