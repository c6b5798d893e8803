using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Cases;

namespace StepCloud.Api.Cases;

/// <param name="Reference">A national health number, or the number of the order, in up to 64 characters.</param>
/// <param name="Name">Whose it is, in up to 200 characters.</param>
/// <param name="BirthDate">A day of the calendar.</param>
public sealed record CaseRequest(string Reference, string? Name = null, DateOnly? BirthDate = null)
{
    internal CaseFields Fields => new(Reference.Trim(), Name?.Trim(), BirthDate);

    internal ProblemHttpResult? Fault(TimeProvider clock) =>
        CaseTexts.LineFault("/reference", Reference, CaseStore.ReferenceCharsMax) ?? CaseTexts.LineFault("/name", Name, CaseStore.NameCharsMax)
        ?? (BirthDate is { } date && (date < CaseTexts.EarliestBirth || date > DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(1)))
            ? Problems.InvalidRequest("/birth_date", $"It is a day from {CaseTexts.EarliestBirth:yyyy-MM-dd} until today.")
            : null);
}

/// <summary>Either the reference, or name and birth date.</summary>
public sealed record SearchCasesRequest(string? Reference = null, string? Name = null, DateOnly? BirthDate = null)
{
    internal ProblemHttpResult? Fault() => this switch
    {
        { Reference: not null, Name: null, BirthDate: null } => CaseTexts.LineFault("/reference", Reference, CaseStore.ReferenceCharsMax),
        { Reference: null, Name: not null, BirthDate: not null } => CaseTexts.LineFault("/name", Name, CaseStore.NameCharsMax),
        _ => Problems.InvalidRequest("", "Give the reference, or name and birth date."),
    };
}

public sealed record CasesFound(IReadOnlyList<CaseView> Items);

/// <param name="Version">In quotes it is the ETag.</param>
public sealed record CaseCreated(CaseId Id, long Version);

/// <param name="Reason">`requested`, `no_longer_needed` or `mistake`: a word, since a sentence could hold what is erased.</param>
public sealed record EraseCaseRequest(string Reason);

/// <param name="Case">Null for none.</param>
public sealed record JobCaseRequest(CaseId? Case);

/// <summary>What texts of cases must be.</summary>
internal static class CaseTexts
{
    /// <summary>Nobody who is alive was born before.</summary>
    public static readonly DateOnly EarliestBirth = new(1850, 1, 1);

    /// <returns>Null for one that is left out.</returns>
    public static ProblemHttpResult? LineFault(string pointer, string? text, int charsMax) =>
        text is null || (!string.IsNullOrWhiteSpace(text) && text.Length <= charsMax && !text.Any(char.IsControl) && StorableText.Is(text))
            ? null
            : Problems.InvalidRequest(pointer, $"It must be a line of 1 to {charsMax} characters.");
}
