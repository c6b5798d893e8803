using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Cases;

/// <summary>Consents: added and withdrawn, never changed or deleted.</summary>
internal static class ConsentEndpoints
{
    public static void MapConsents(this RouteGroupBuilder group)
    {
        group.MapGet("/cases/{id}/consents", ListAsync).WithSummary("A case's consents, newest first, withdrawn ones too").WithDescription("The look is an entry of the audit.")
            .Produces<ConsentsOfCase>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingCases);
        group.MapPost("/cases/{id}/consents", RecordAsync).WithSummary("Record a consent").WithDescription("It holds from `given_at` on, until `ends_at` or until it is withdrawn.")
            .Produces<ConsentRecorded>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingCases, OneTransaction.Instance);
        group.MapPost("/cases/{id}/consents/{consent}/withdraw", WithdrawAsync).WithSummary("Withdraw a consent")
            .WithDescription("It holds no more from then on, and stays with who recorded it and who withdrew it. Every other consent of the case holds as before.")
            .Produces<ConsentRecorded>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingCases, OneTransaction.Instance);
    }

    private static async Task<IResult> ListAsync(CaseId id, HttpContext context, ConsentStore consents, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (await consents.ListAsync(context.Organization(), id, cancellationToken) is not { } list) return Problems.NotFound("case");
        await reads.CaseAsync(context, AuditSubject.Consent, id, list.Count, cancellationToken);
        return TypedResults.Ok(new ConsentsOfCase(list));
    }

    private static async Task<IResult> RecordAsync(CaseId id, ConsentRequest request, HttpContext context, ConsentStore consents, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return fault;
        Func<WorkflowOutcome<ConsentId>, IResult> answer = CaseAnswers.OfConsent(id, StatusCodes.Status201Created);
        return answer(await consents.RecordAsync(context.Organization(), id, request.Consent, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> WithdrawAsync(
        CaseId id, ConsentId consent, WithdrawConsentRequest request, HttpContext context, ConsentStore consents, CancellationToken cancellationToken)
    {
        if (Problems.UnlessOneOf("/form", request.Form, ConsentWords.WithdrawalForms) is { } fault) return fault;
        Func<WorkflowOutcome<ConsentId>, IResult> answer = CaseAnswers.OfConsent(id, StatusCodes.Status200OK);
        return answer(await consents.WithdrawAsync(context.Organization(), id, consent, request.Form, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }
}

public sealed record ConsentsOfCase(IReadOnlyList<ConsentView> Items);

public sealed record ConsentRecorded(ConsentId Id);

/// <param name="Form">How: on `paper`, by `email`, `in_person`.</param>
public sealed record WithdrawConsentRequest(string Form);

/// <param name="GivenBy">The `person`, or a `guardian`.</param>
/// <param name="Purposes">What for: `recordings`, `sharing`, `teaching`.</param>
/// <param name="Form">On `paper`, or by `email`.</param>
/// <param name="GivenAt">From when on it holds.</param>
/// <param name="Guardian">The guardian's name; only with `given_by` `guardian`.</param>
/// <param name="EndsAt">Null: until it is withdrawn.</param>
/// <param name="Note">Where the paper is, say, in up to 500 characters.</param>
public sealed record ConsentRequest(
    string GivenBy, IReadOnlyList<string> Purposes, string Form, DateTimeOffset GivenAt, string? Guardian = null, DateTimeOffset? EndsAt = null, string? Note = null)
{
    internal NewConsent Consent => new(GivenBy, Guardian?.Trim(), Purposes, Form, GivenAt, EndsAt, Note?.Trim());

    internal ProblemHttpResult? Fault() =>
        Problems.UnlessOneOf("/given_by", GivenBy, ConsentWords.GivenBy) ?? Problems.UnlessOneOf("/form", Form, ConsentWords.Forms)
        ?? (Purposes.Count is 0 || Purposes.Count > ConsentWords.Purposes.Length
            ? Problems.InvalidRequest("/purposes", $"Name what it is for: one or more of {string.Join(", ", ConsentWords.Purposes)}.")
            : Purposes.Select((purpose, i) => purpose is null
                ? Problems.InvalidRequest($"/purposes/{i}", "It must be a text.")
                : Problems.UnlessOneOf($"/purposes/{i}", purpose, ConsentWords.Purposes)).FirstOrDefault(problem => problem is not null))
        ?? (GivenBy == ConsentWords.Guardian != (Guardian is not null)
            ? Problems.InvalidRequest("/guardian", "The guardian's name goes with a consent that a guardian gave, and with no other.")
            : null)
        ?? CaseTexts.LineFault("/guardian", Guardian, ConsentStore.GuardianCharsMax) ?? CaseTexts.LineFault("/note", Note, ConsentStore.NoteCharsMax);
}
