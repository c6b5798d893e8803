using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Cases;

/// <summary>The words of consents.</summary>
public static class ConsentWords
{
    /// <summary>Recordings of the case may be made, kept and shown.</summary>
    public const string Recordings = "recordings";

    /// <summary>They may be shared with others by a link.</summary>
    public const string Sharing = "sharing";

    /// <summary>They may be used to teach.</summary>
    public const string Teaching = "teaching";

    public const string Person = "person";
    public const string Guardian = "guardian";

    public static readonly string[] Purposes = [Recordings, Sharing, Teaching];
    public static readonly string[] GivenBy = [Person, Guardian];
    public static readonly string[] Forms = ["paper", "email"];
    public static readonly string[] WithdrawalForms = ["paper", "email", "in_person"];
}

/// <summary>A consent to be recorded.</summary>
/// <param name="GivenBy">One of <see cref="ConsentWords.GivenBy"/>.</param>
/// <param name="Guardian">Who gave it; null when the person did.</param>
/// <param name="Purposes">What for: of <see cref="ConsentWords.Purposes"/>.</param>
/// <param name="Form">One of <see cref="ConsentWords.Forms"/>.</param>
/// <param name="EndsAt">Null: until it is withdrawn.</param>
/// <param name="Note">Where the paper is, say.</param>
public sealed record NewConsent(
    string GivenBy, string? Guardian, IReadOnlyList<string> Purposes, string Form, DateTimeOffset GivenAt, DateTimeOffset? EndsAt, string? Note);

/// <summary>A consent as it was recorded, and its withdrawal.</summary>
/// <param name="GivenBy">`person` or `guardian`.</param>
/// <param name="Guardian">Null when the person gave it, and when the case is erased.</param>
/// <param name="Purposes">`recordings`, `sharing`, `teaching`.</param>
/// <param name="Form">`paper` or `email`.</param>
/// <param name="EndsAt">Null: until it is withdrawn.</param>
/// <param name="Note">Null when the case is erased.</param>
/// <param name="RecordedBy">Such as `user:ID`.</param>
/// <param name="WithdrawnForm">`paper`, `email` or `in_person`.</param>
/// <param name="Holds">Whether it is good now.</param>
public sealed record ConsentView(
    ConsentId Id, string GivenBy, string? Guardian, IReadOnlyList<string> Purposes, string Form, DateTimeOffset GivenAt, DateTimeOffset? EndsAt, string? Note,
    DateTimeOffset RecordedAt, string RecordedBy, DateTimeOffset? WithdrawnAt, string? WithdrawnBy, string? WithdrawnForm, bool Holds);
