using System.Security.Cryptography;

namespace StepCloud.Actors.Gateways;

/// <summary>The code that a gateway shows and a person enters: 8 of 20 letters, so 34 bits (RFC 8628 §6.1).</summary>
/// <remarks>Without vowels, so that no word comes out; all upper case, so that case need not be told apart.</remarks>
public static class UserCode
{
    public const string Letters = "BCDFGHJKLMNPQRSTVWXZ";

    public const int Length = 8;

    /// <summary>Longer is no code, however many spaces somebody types between the letters.</summary>
    public const int EnteredCharsMax = 100;

    private const int Half = Length / 2;

    /// <summary>In its normal form, `BCDFGHJK`.</summary>
    public static string Create() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>As it is shown, `BCDF-GHJK`.</summary>
    public static string Show(string code) => $"{code[..Half]}-{code[Half..]}";

    /// <summary>What was entered without what is forgiven: case, and everything between the letters. What is left need not be a code.</summary>
    public static string Normalize(string entered) =>
        string.Concat(entered.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant));
}
