using System.Text;

namespace StepCloud.Api.Passwords;

/// <summary>Which passwords may be chosen. Lengths are counted in Unicode code points (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 V6.2).</summary>
/// <remarks>No rules on kinds of characters: they make passwords that are alike.</remarks>
public static class PasswordPolicy
{
    public const int CodePointsMin = 12;

    /// <summary>Longer than any phrase that somebody types, and a bound on the work of checking it.</summary>
    public const int CodePointsMax = 200;

    /// <summary>What is put together from fewer pieces is in every guesser's first list.</summary>
    internal const int PiecesMin = 6;

    /// <param name="email">Of the account: what stands before its @ is no secret.</param>
    /// <returns>Null when it may be chosen.</returns>
    public static PasswordFault? Check(string password, string email)
    {
        if (!IsText(password)) return PasswordFault.NotText;
        int codePoints = password.EnumerateRunes().Count();
        if (codePoints < CodePointsMin) return PasswordFault.TooShort;
        if (codePoints > CodePointsMax) return PasswordFault.TooLong;
        return PasswordPieces.Count(password, OwnWords(email)) < PiecesMin ? PasswordFault.Common : null;
    }

    // Half of a character becomes U+FFFD when it is hashed: two passwords would be one.
    private static bool IsText(string password)
    {
        for (ReadOnlySpan<char> rest = password; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int length) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[length..];
        }

        return true;
    }

    private static IEnumerable<Rune[]> OwnWords(string email)
    {
        string[] parts = email.Trim().Split('@', 2);
        string[] words = [parts[0], .. parts[0].Split('.', '-', '_', '+'), .. parts.Length == 2 ? parts[1].Split('.') : []];
        return words.Distinct(StringComparer.OrdinalIgnoreCase).Select(CommonWords.Fold);
    }
}

/// <summary>Why a password may not be chosen.</summary>
public enum PasswordFault
{
    TooShort,
    TooLong,

    /// <summary>It holds half of a UTF-16 surrogate pair.</summary>
    NotText,

    /// <summary>It is made of what guessers try first.</summary>
    Common,
}
