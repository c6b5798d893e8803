namespace StepCloud.Storage.Cases;

/// <summary>The NHS number of England, Wales and the Isle of Man: ten digits of which the last is computed from the others, weighed with 10 to 2, modulo 11.</summary>
public static class NhsNumber
{
    private const int Digits = 10;

    /// <param name="number">Without spaces.</param>
    public static bool IsValid(string number)
    {
        if (number.Length != Digits || !number.All(char.IsAsciiDigit)) return false;
        int sum = 0;
        for (int i = 0; i < Digits - 1; i++) sum += (number[i] - '0') * (Digits - i);
        // Eleven is written as 0; a number whose check digit would be ten was never issued.
        return (11 - sum % 11) % 11 == number[^1] - '0';
    }
}
