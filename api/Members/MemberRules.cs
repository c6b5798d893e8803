using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;

namespace StepCloud.Api.Members;

/// <summary>What changes of members have in common.</summary>
internal static class MemberRules
{
    /// <returns>Null when a member can have the role.</returns>
    public static ProblemHttpResult? CheckRole(string role) => Roles.OfOrganization.Contains(role)
        ? null
        : Problems.InvalidRequest("/role", $"The role must be one of {string.Join(", ", Roles.OfOrganization)}.");

    public static ProblemHttpResult OwnersOnly() => Problems.NotAllowed(AllowedRoles.ManagingMembers.Sentence);

    public static ProblemHttpResult ProblemOf(MemberChange change) => change switch
    {
        MemberChange.UnknownMember => Problems.NotFound("member"),
        MemberChange.NotAllowed => OwnersOnly(),
        MemberChange.LastOwner => Problems.Of(
            ProblemKinds.LastOwner, "Make another member an owner first: somebody must be able to run it."),
        MemberChange.LastAdministrator => Problems.Of(
            ProblemKinds.LastAdministrator, "Make another one first, with 'stepcloud user create --administrator' on the server."),
        MemberChange.NoPassword => Problems.Of(
            ProblemKinds.PasswordNeeded, "Invite the person by e-mail as an owner."),
        MemberChange.TooMany => Problems.Of(
            ProblemKinds.TooManyMembers, $"There can be {NewMember.MembersMax}."),
        _ => throw new UnreachableException(),
    };
}
