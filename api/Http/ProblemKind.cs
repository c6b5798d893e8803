namespace StepCloud.Api.Http;

/// <summary>A problem that the APIs can answer with: what is the same every time. Anybody may build on `code`; texts may be improved.</summary>
/// <param name="Status">Of the answer; of most of them, when it is one of several.</param>
/// <param name="Code">Stable, and the end of the problem's `type`.</param>
/// <param name="Title">One sentence, the same every time.</param>
/// <param name="Meaning">When it is answered, for the catalogue of the documentation.</param>
/// <param name="Remedy">What whoever gets it does, for the catalogue of the documentation.</param>
public sealed record ProblemKind(int Status, string Code, string Title, string Meaning, string Remedy)
{
    /// <summary>Another status that it comes with, where it means the same in two places.</summary>
    public int? OtherStatus { get; init; }

    public string Type => Problems.TypePrefix + Code;
}
