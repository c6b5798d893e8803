using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Members;

namespace StepCloud.Api.AccessKeys;

/// <summary>What is refused about access keys, and how it is said.</summary>
internal static class AccessKeyRules
{
    private const int LabelCharsMax = 100;

    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    public static string? LabelFault(string label) =>
        string.IsNullOrWhiteSpace(label) || label.Length > LabelCharsMax ? $"The label must have 1 to {LabelCharsMax} characters."
        : label.Any(char.IsControl) ? "The label may not hold control characters."
        : null;

    public static ProblemHttpResult Mistyped() => Problems.Of(
        ProblemKinds.MistypedAccessKey, "A letter is wrong or missing. Scan it, or type it again: it begins with sck_.");

    /// <summary>Unknown, disabled, expired, or of somebody who may not come in: one answer for all, so that nothing is learnt from it.</summary>
    public static ProblemHttpResult Invalid() =>
        Problems.Of(ProblemKinds.InvalidAccessKey, "Ask an owner of your organization for another.");

    public static ProblemHttpResult ProblemOf(AccessKeyAddition addition) => addition switch
    {
        AccessKeyAddition.UnknownMember => Problems.NotFound("member"),
        AccessKeyAddition.NotAllowed => MemberRules.OwnersOnly(),
        AccessKeyAddition.MemberDisabled => Problems.Of(ProblemKinds.MemberDisabled, "Enable the member first."),
        AccessKeyAddition.MemberIsOwner => Problems.Of(
            ProblemKinds.KeyForOwner, "Owners sign in with a password. Make the key for another member."),
        AccessKeyAddition.TooMany => Problems.Of(
            ProblemKinds.TooManyAccessKeys, $"There can be {NewAccessKey.UsableMax} usable ones. Disable some."),
        _ => throw new UnreachableException(),
    };
}
