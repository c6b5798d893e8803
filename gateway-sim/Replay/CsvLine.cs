using System.Text;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Splits one line of a CSV file (RFC 4180 §2, without line breaks inside quotes).</summary>
public static class CsvLine
{
    /// <summary>Null when a quote is not closed, or text follows a closing quote.</summary>
    public static List<string>? TrySplit(string line)
    {
        List<string> fields = [];
        int position = 0;
        while (true)
        {
            string? field = position < line.Length && line[position] == '"' ? TryReadQuoted(line, ref position) : ReadPlain(line, ref position);
            if (field is null)
                return null;
            fields.Add(field);
            if (position == line.Length)
                return fields;
            if (line[position++] != ',')
                return null;
        }
    }

    private static string ReadPlain(string line, ref int position)
    {
        int end = line.IndexOf(',', position);
        if (end < 0)
            end = line.Length;
        string field = line[position..end];
        position = end;
        return field;
    }

    private static string? TryReadQuoted(string line, ref int position)
    {
        StringBuilder field = new();
        position++;
        while (true)
        {
            int quote = line.IndexOf('"', position);
            if (quote < 0)
                return null;
            field.Append(line, position, quote - position);
            position = quote + 1;
            if (position == line.Length || line[position] != '"')
                return field.ToString();
            field.Append('"');
            position++;
        }
    }
}
