namespace StepCloud.Storage.Cases;

/// <summary>
/// New Zealand's National Health Index number (HISO 10046): seven characters of which the last is computed from the others. Old form AAANNNC, three
/// letters, three digits and a check digit; new form AAANNAX, issued from July 2026 on, with a check letter. Letters are A to Z without I and O, worth 1 to 24.
/// </summary>
/// <remarks>
/// Both weigh the first six characters with 7, 6, 5, 4, 3, 2. The new form's modulus is 23, as in the numbers that Health New Zealand gives as examples
/// (ACA31FM, BWT41BY); numbers of the first draft, whose modulus was 24, were never given to anybody and are refused.
/// </remarks>
public static class NationalHealthIndex
{
    private const int Chars = 7;
    private const int OldModulus = 11;
    private const int NewModulus = 23;
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <param name="number">In upper case, without spaces.</param>
    public static bool IsValid(string number)
    {
        if (number.Length != Chars || !number[..3].All(IsLetter) || !number[3..5].All(char.IsAsciiDigit)) return false;
        int sum = 0;
        for (int i = 0; i < Chars - 1; i++) sum += ValueOf(number[i]) * (Chars - i);
        char check = number[^1];
        if (char.IsAsciiDigit(number[5]))
        {
            int rest = sum % OldModulus;
            // A rest of 0 is a number that was never issued; ten is written as 0.
            return rest != 0 && char.IsAsciiDigit(check) && ValueOf(check) == (OldModulus - rest) % 10;
        }

        return IsLetter(number[5]) && IsLetter(check) && ValueOf(check) == NewModulus - sum % NewModulus;
    }

    private static bool IsLetter(char c) => Letters.Contains(c, StringComparison.Ordinal);

    private static int ValueOf(char c) => char.IsAsciiDigit(c) ? c - '0' : Letters.IndexOf(c, StringComparison.Ordinal) + 1;
}
