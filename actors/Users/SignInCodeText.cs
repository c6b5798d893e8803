using System.Security.Cryptography;

namespace StepCloud.Actors.Users;

/// <summary>How a sign-in code is written: 8 letters of Crockford's base32 (40 bits), shown as `XXXX-XXXX`.</summary>
/// <remarks>
/// The first three letters say which code is meant, and no two living codes have the same; the other five (25 bits) are the secret. So a wrong try is
/// one of a certain code, and can be counted there.
/// </remarks>
public static class SignInCodeText
{
    public const int Length = 8;

    public const int SelectorLength = 3;

    /// <summary>Longer is no code, however many spaces somebody types between the letters.</summary>
    public const int EnteredCharsMax = 100;

    private const int Half = Length / 2;

    /// <summary>In its normal form, `7KQMW2XD`.</summary>
    public static string Create() => RandomNumberGenerator.GetString(AccessKeyText.Letters, Length);

    /// <summary>As it is shown, `7KQM-W2XD`.</summary>
    public static string Show(string code) => $"{code[..Half]}-{code[Half..]}";

    /// <summary>The code that was typed, in its normal form: case, spaces and hyphens do not matter, nor does O for 0, and I or L for 1.</summary>
    /// <returns>Null when it is none: of another length, or with other letters.</returns>
    public static string? Read(string entered)
    {
        if (entered.Length > EnteredCharsMax) return null;
        string code = string.Concat(entered.Where(c => c is not (' ' or '-')).Select(char.ToUpperInvariant)).Replace('O', '0').Replace('I', '1').Replace('L', '1');
        return code.Length == Length && code.All(AccessKeyText.Letters.Contains) ? code : null;
    }

    public static string SelectorOf(string code) => code[..SelectorLength];
}
