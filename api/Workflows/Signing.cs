using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Users;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>What somebody sends who signs.</summary>
/// <param name="Password">The signer's, once more: 21 CFR 11.200(a).</param>
/// <param name="Code">Of the second factor, for whoever has one.</param>
/// <param name="Comment">What is to stand beside the signature, in up to 1000 characters. A rejection needs one.</param>
public sealed record SignRequest(string Password, string? Code = null, string? Comment = null);

/// <summary>Asks whoever signs to show that it is he.</summary>
internal sealed class Signing(IActors actors, IAuditTrail audit)
{
    public async Task<(Signer? Signer, ProblemHttpResult? Problem)> ProveAsync(
        HttpContext context, SignRequest request, AuditSubject subject, string meaning, CancellationToken cancellationToken)
    {
        if (WorkflowAnswers.CheckComment("/comment", request.Comment) is { } fault) return (null, fault);
        UserId user = new(context.AccessToken().Holder);
        ProveOutcome outcome = await actors.User(user).ProveAsync(request.Password, Secret.OfNullable(request.Code), context.Origin(), cancellationToken);
        switch (outcome)
        {
            case ProveOutcome.Proven proven: return (new Signer(user, proven.HasSecondFactor, request.Comment?.Trim()), null);
            case ProveOutcome.CodeRequired: return (null, Problems.CodeRequired());
            case ProveOutcome.Delayed delayed: return (null, context.Delayed(delayed.RetryAfter));
            case ProveOutcome.WrongPassword:
            case ProveOutcome.WrongCode:
                bool isPassword = outcome is ProveOutcome.WrongPassword;
                // Delayed ones are not looked at, so there are few of these.
                await audit.AppendAsync(
                    new NewAuditEntry(
                        context.Organization(), context.UserDoer(), AuditActions.SignatureRefused, subject, New: AuditValues.Of(new { meaning, wrong = isPassword ? "password" : "code" })),
                    cancellationToken);
                return (null, isPassword ? Problems.WrongPassword() : Problems.WrongCode(403));
            default: throw new UnreachableException();
        }
    }
}
