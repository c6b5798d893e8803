using StepCloud.Api.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Cases;

/// <summary>Outcomes of cases and consents as answers. What is kept for whoever comes again with the same key holds no name.</summary>
internal static class CaseAnswers
{
    public static Func<WorkflowOutcome<CaseView>, IResult> OfCase() => outcome => outcome switch
    {
        WorkflowOutcome<CaseView>.Done { Value: var view } => new WorkflowAnswers.Tagged<CaseView>(view, view.Version, StatusCodes.Status200OK, PathOf(view.Id)),
        WorkflowOutcome<CaseView>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static IResult OfNewCase(WorkflowOutcome<CaseId> outcome) => outcome switch
    {
        WorkflowOutcome<CaseId>.Done { Value: var id } => new WorkflowAnswers.Tagged<CaseCreated>(new CaseCreated(id, 1), 1, StatusCodes.Status201Created, PathOf(id)),
        WorkflowOutcome<CaseId>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static Func<WorkflowOutcome<ConsentId>, IResult> OfConsent(CaseId of, int status) => outcome => outcome switch
    {
        WorkflowOutcome<ConsentId>.Done { Value: var id } when status == StatusCodes.Status201Created => TypedResults.Created(PathOf(of) + "/consents", new ConsentRecorded(id)),
        WorkflowOutcome<ConsentId>.Done { Value: var id } => TypedResults.Ok(new ConsentRecorded(id)),
        WorkflowOutcome<ConsentId>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string PathOf(CaseId id) => $"/api/v1/cases/{id}";
}
