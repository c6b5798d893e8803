using System.Globalization;
using System.Text;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Texts of people and gateways, made fit for a page: whatever is in them, they stay in their place.</summary>
internal static class PrintedText
{
    private const string Cut = "...";

    /// <summary>One line of what can be printed. Control and format characters (which could turn a line around) get a stand-in.</summary>
    public static string Line(string text, PrintedFont font)
    {
        StringBuilder line = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator) line.Append(' ');
            else if (IsPrinted(rune) && font.Has(rune)) line.Append((char)rune.Value);
            else line.Append(PrintedFont.Stand);
        }

        return line.ToString();
    }

    /// <summary>The text in lines that are not wider than that, broken at spaces where there are any; what has no room ends in "...".</summary>
    /// <param name="linesMax">At least 1.</param>
    public static List<string> Wrap(string text, PrintedFont font, double size, double width, int linesMax)
    {
        List<string> lines = [];
        foreach (string paragraph in text.ReplaceLineEndings("\n").Replace("\t", "    ", StringComparison.Ordinal).Split('\n', linesMax + 1))
        {
            // No line has room for more, however thin its characters are; what follows is not looked at.
            int charsMax = (int)(linesMax * width) + 1;
            string rest = Line(paragraph.Length > charsMax ? paragraph[..charsMax] : paragraph, font);
            do
            {
                int length = LengthOfLine(rest, font, size, width);
                lines.Add(rest[..length].TrimEnd());
                rest = rest[length..].TrimStart();
            }
            while (rest.Length > 0 && lines.Count <= linesMax);
            if (lines.Count > linesMax) break;
        }

        if (lines.Count <= linesMax) return lines;
        lines.RemoveRange(linesMax, lines.Count - linesMax);
        lines[^1] = Shorten(lines[^1] + Cut, font, size, width);
        return lines;
    }

    /// <summary>One line that is not wider than that.</summary>
    public static string Fit(string text, PrintedFont font, double size, double width) => Wrap(text, font, size, width, linesMax: 1)[0];

    /// <summary>A number as people read it; the file has all digits.</summary>
    public static string Number(double? value) => value?.ToString("G6") ?? "-";

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss") ?? "-";

    private static bool IsPrinted(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static string Shorten(string line, PrintedFont font, double size, double width)
    {
        while (line.Length > Cut.Length && font.WidthOf(line, size) > width) line = string.Concat(line.AsSpan(0, line.Length - Cut.Length - 1), Cut);
        return line;
    }

    /// <summary>At least one character, so that it ends.</summary>
    private static int LengthOfLine(string text, PrintedFont font, double size, double width)
    {
        int length = 0, space = -1;
        double used = 0;
        for (; length < text.Length; length++)
        {
            used += font.WidthOf(text.AsSpan(length, 1), size);
            if (used > width) break;
            if (text[length] == ' ') space = length;
        }

        if (length == text.Length) return length;
        return space > 0 ? space : Math.Max(1, length);
    }
}
