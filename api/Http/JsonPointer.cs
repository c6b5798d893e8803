using System.Text;

namespace StepCloud.Api.Http;

/// <summary>Where in a JSON document something is, as RFC 6901 writes it.</summary>
internal static class JsonPointer
{
    /// <summary>To a member of the outermost object.</summary>
    public static string Of(string name) => "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <param name="path">Of a <see cref="System.Text.Json.JsonException"/>, such as `$.series[3]['a.b']`; null for the whole document.</param>
    /// <returns>Such as `/series/3/a.b`.</returns>
    public static string OfPath(string? path)
    {
        StringBuilder pointer = new();
        ReadOnlySpan<char> rest = path is ['$', ..] ? path.AsSpan(1) : [];
        while (!rest.IsEmpty)
        {
            (int start, string end) = rest switch
            {
                ['[', '\'', ..] => (2, "']"),
                ['[', ..] => (1, "]"),
                _ => (1, ""),
            };
            rest = rest[start..];
            int length = end.Length > 0 ? rest.IndexOf(end) : rest.IndexOfAny('.', '[');
            if (length < 0) length = rest.Length;
            pointer.Append('/').Append(rest[..length].ToString().Replace("~", "~0").Replace("/", "~1"));
            rest = rest[Math.Min(length + end.Length, rest.Length)..];
        }

        return pointer.ToString();
    }
}
