using System.Text;

namespace StepCloud.Api.Passwords;

/// <summary>Counts the pieces that a guesser would put a password together from.</summary>
/// <remarks>
/// A piece is a listed word in any case and with the usual signs for letters (`P@ssw0rd`), a run of one character, of neighbours in the alphabet
/// or among the digits, a year, a repetition of what stands before it, or, where nothing of that is found, one character. The way with the
/// fewest pieces counts. So a list of some hundred words covers what a list of all their combinations with decorations would.
/// </remarks>
internal static class PasswordPieces
{
    private const int RunCharsMin = 3;
    private const int YearDigits = 4;

    /// <param name="ownWords">Beside the listed ones: what a guesser knows of this account.</param>
    public static int Count(string password, IEnumerable<Rune[]> ownWords)
    {
        Rune[] text = CommonWords.Fold(password);
        Rune[][] words = [.. CommonWords.All, .. ownWords.Where(word => word.Length >= RunCharsMin)];
        int[] fewest = new int[text.Length + 1];
        Array.Fill(fewest, int.MaxValue);
        fewest[0] = 0;
        for (int start = 0; start < text.Length; start++)
        {
            ReadOnlySpan<Rune> rest = text.AsSpan(start);
            Reach(start, 1);
            for (int length = RunCharsMin; length <= RunLength(rest); length++) Reach(start, length);
            if (IsYear(rest)) Reach(start, YearDigits);
            for (int length = 2; length <= Math.Min(start, rest.Length); length++)
            {
                if (rest[..length].SequenceEqual(text.AsSpan(start - length, length))) Reach(start, length);
            }

            foreach (Rune[] word in words)
            {
                if (Begins(rest, word)) Reach(start, word.Length);
            }
        }

        return fewest[^1];

        void Reach(int start, int length) => fewest[start + length] = Math.Min(fewest[start + length], fewest[start] + 1);
    }

    /// <summary>How long the run is that the text begins with: `aaaa`, `1234`, `dcba`.</summary>
    private static int RunLength(ReadOnlySpan<Rune> text)
    {
        if (text.Length < 2) return text.Length;
        int step = text[1].Value - text[0].Value;
        if (step is < -1 or > 1) return 1;
        int length = 2;
        // After 9 comes 0 on every keyboard.
        while (length < text.Length && (text[length].Value - text[length - 1].Value == step || (text[length - 1].Value == '9' && text[length].Value == '0')))
            length++;
        return length;
    }

    private static bool IsYear(ReadOnlySpan<Rune> text) =>
        text.Length >= YearDigits && Rune.IsDigit(text[2]) && Rune.IsDigit(text[3])
        && ((text[0].Value == '1' && text[1].Value == '9') || (text[0].Value == '2' && text[1].Value == '0'));

    private static bool Begins(ReadOnlySpan<Rune> text, Rune[] word)
    {
        if (text.Length < word.Length) return false;
        for (int index = 0; index < word.Length; index++)
        {
            if (text[index] != word[index] && !StandsFor(text[index].Value, word[index].Value)) return false;
        }

        return true;
    }

    private static bool StandsFor(int sign, int letter) => (char)letter switch
    {
        'a' => sign is '@' or '4',
        'b' => sign is '8',
        'e' => sign is '3',
        'g' => sign is '9',
        'i' => sign is '1' or '!',
        'l' => sign is '1' or '|',
        'o' => sign is '0',
        's' => sign is '$' or '5',
        't' => sign is '7' or '+',
        'z' => sign is '2',
        _ => false,
    };
}
