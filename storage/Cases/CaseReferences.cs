using System.Diagnostics;

namespace StepCloud.Storage.Cases;

/// <summary>What the references of an organization's cases look like.</summary>
public static class CaseReferences
{
    public const string Plain = "plain";
    public const string NewZealand = "nz_nhi";
    public const string UnitedKingdom = "uk_nhs";

    public static readonly string[] Formats = [Plain, NewZealand, UnitedKingdom];

    /// <summary>As it is kept: of a national number without spaces and in upper case, else as it was typed but for the spaces around it.</summary>
    public static string Tidied(string format, string reference) => format == Plain ? reference.Trim() : LookUpText.OfReference(reference);

    /// <summary>What is wrong with it, as a sentence that does not repeat it; null when nothing is.</summary>
    /// <param name="tidied">As <see cref="Tidied"/> gives it.</param>
    public static string? Fault(string format, string tidied) => format switch
    {
        Plain => null,
        NewZealand => NationalHealthIndex.IsValid(tidied) ? null : "It is no NHI number: three letters, four digits or two digits and two letters, of which the last is a check over the others. Was it mistyped?",
        UnitedKingdom => NhsNumber.IsValid(tidied) ? null : "It is no NHS number: ten digits, of which the last is a check over the others. Was it mistyped?",
        _ => throw new UnreachableException(),
    };
}
