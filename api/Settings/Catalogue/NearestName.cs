namespace StepCloud.Api.Settings.Catalogue;

/// <summary>What somebody has most likely meant who mistyped a name.</summary>
public static class NearestName
{
    /// <returns>Null when none is near: more than a third of its letters, or than four, would have to be other ones.</returns>
    public static string? Of(string mistyped, IEnumerable<string> names)
    {
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string name in names)
        {
            int distance = Distance(mistyped, name);
            if (distance < least) (nearest, least) = (name, distance);
        }

        return nearest is not null && least <= Math.Min(4, nearest.Length / 3) ? nearest : null;
    }

    /// <summary>How many letters have to be put in, left out or replaced (Levenshtein's distance); capital ones are the same as small ones.</summary>
    internal static int Distance(string a, string b)
    {
        int[] above = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = above[j - 1] + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
            }

            above = row;
        }

        return above[b.Length];
    }
}
