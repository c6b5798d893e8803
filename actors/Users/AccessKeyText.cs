using System.Security.Cryptography;

namespace StepCloud.Actors.Users;

/// <summary>How an access key is written: `sck_`, 32 random letters of Crockford's base32 (160 bits), and a check letter over them.</summary>
/// <remarks>
/// Without I, L, O and U, and all upper case: nothing looks like another, and a barcode of Code 128 holds it. The check is a polynomial over
/// GF(32): it finds every single wrong letter and every two neighbours swapped, so a typing error is told from a wrong key without a look anywhere.
/// </remarks>
public static class AccessKeyText
{
    public const string Prefix = "sck_";

    public const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Longer is no key, however many spaces somebody types between the letters.</summary>
    public const int EnteredCharsMax = 100;

    private const int RandomLetters = 32;

    /// <summary>A new key in its normal form.</summary>
    public static string Create()
    {
        string random = RandomNumberGenerator.GetString(Letters, RandomLetters);
        return Prefix + random + CheckOf(random);
    }

    /// <summary>The key that was typed or scanned, in its normal form: case, spaces and hyphens do not matter, nor does O for 0, and I or L for 1.</summary>
    /// <returns>Null when it is none: of another length, with other letters, or mistyped.</returns>
    public static string? Read(string entered)
    {
        if (entered.Length > EnteredCharsMax) return null;
        string text = string.Concat(entered.Where(c => c is not (' ' or '-' or '\t' or '\r' or '\n')).Select(char.ToUpperInvariant));
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return null;
        string letters = text[Prefix.Length..].Replace('O', '0').Replace('I', '1').Replace('L', '1');
        return letters.Length == RandomLetters + 1 && letters.All(Letters.Contains) && CheckOf(letters.AsSpan(..RandomLetters)) == letters[^1]
            ? Prefix + letters
            : null;
    }

    private static char CheckOf(ReadOnlySpan<char> letters)
    {
        int check = 0;
        foreach (char letter in letters) check = TimesX(check ^ Letters.IndexOf(letter));
        return Letters[check];
    }

    /// <summary>In GF(32) modulo x⁵ + x² + 1, which is primitive.</summary>
    private static int TimesX(int value) => (value & 0b10000) == 0 ? value << 1 : (value << 1) ^ 0b100101;
}
