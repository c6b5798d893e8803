using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace StepCloud.Tests.Api.Hostile;

/// <summary>What somebody sends who wants to see something break.</summary>
internal static class HostileText
{
    private static readonly string[] s_texts =
    [
        "", " ", "null", "x", "-1", "0", "99999999999999999999999999", "1e999", "NaN", "true", "\0", "a\0b", "\u001b[2J", "\r\nSet-Cookie: a=b", "\u202eabc",
        "\ud800", "a\udc00", "\U0001F600", "\ufeff", "' OR 1=1 --", "{\"a\",NULL}", "%00", "%s%n", "../../etc/passwd", "<script>", "${jndi:ldap://x}", "a@b",
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0b6f7a52-3b3f-7a52-8f43-0d4cf4a7c001",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999+14:00", "2026-02-30T00:00:00Z",
    ];

    private static readonly Gen<string> s_long =
        from length in Gen.Elements(100, 101, 128, 255, 257, 4096, 4097, 70_000)
        from piece in Gen.Elements("x", "\u00e4", "\U0001F600", "\0", " ")
        select string.Concat(Enumerable.Repeat(piece, length / piece.Length));

    private static readonly Gen<string> s_random = Gen.Choose(0, 0xFFFF).Select(code => (char)code).ArrayOf().Select(chars => new string(chars));

    public static readonly Gen<string> Text = Gen.Frequency((6, Gen.Elements(s_texts)), (1, s_long), (2, s_random));

    /// <summary>A value as JSON, or what looks like one.</summary>
    public static readonly Gen<string> Json = Gen.Frequency(
        (4, Text.Select(Quoted)),
        (5, Gen.Elements(
            "null", "true", "0", "-1", "1.5", "1e999", "-1e-999", "99999999999999999999999999", "2147483648", "9223372036854775808", "[]", "{}", "[null]", "[[]]",
            "{\"\":0}", "{\"a\":1,\"a\":2}", "NaN", "undefined", "'x'", "01", "\"\\ud800\"", "\"\\x\"", "/**/1", "1 2", "}", "]")),
        (1, Gen.Elements(63, 64, 65, 5_000).Select(depth => new string('[', depth) + new string(']', depth))),
        (1, Gen.Elements(63, 64, 65, 5_000).Select(depth => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth))));

    /// <summary>In a path or a query, percent-encoded; sometimes to bytes that are no text.</summary>
    public static readonly Gen<string> InUri = Gen.Frequency(
        (5, Text.Where(text => text.Length < 5_000).Select(Escaped)), (1, Gen.Elements("%ff", "%c0%80", "%ed%a0%80", "a%2fb", "%25", "%f0%9f", "+", "a%00b")));

    /// <summary>As a JSON string, with escapes for all that is not ASCII: half of a surrogate pair is written as it is.</summary>
    public static string Quoted(string text) => "\"" + string.Concat(text.Select(c => c is >= ' ' and <= '~' and not '"' and not '\\' ? $"{c}" : $"\\u{(int)c:x4}")) + "\"";

    /// <summary>A good document that was changed in up to four places.</summary>
    /// <param name="more">Members of its first object that could be there, too.</param>
    public static Gen<string> Changed(JsonNode sample, IReadOnlyCollection<string> more)
    {
        Gen<Change> change =
            from place in Gen.Choose(0, 10_000)
            from kind in Gen.Frequency((6, Gen.Constant(ChangeKind.Replace)), (1, Gen.Constant(ChangeKind.Remove)), (1, Gen.Constant(ChangeKind.Twice)), (2, Gen.Constant(ChangeKind.Add)))
            from name in Gen.OneOf(Gen.Elements("unknown", "__proto__", "$type", "id", ""), more.Count > 0 ? Gen.Elements(more.AsEnumerable()) : Gen.Constant("more"))
            from value in Json
            select new Change(place, kind, name, value);
        return Gen.Choose(1, 4).SelectMany(count => change.ArrayOf(count)).Select(changes => Apply(sample, changes));
    }

    private static string Apply(JsonNode sample, Change[] changes)
    {
        JsonNode root = sample.DeepClone();
        List<string> raw = [];
        foreach (Change change in changes)
        {
            (JsonNode Parent, string? Name, int Index)[] places = [.. Places(root)];
            if (change.Kind == ChangeKind.Add || places.Length == 0)
            {
                if (root is JsonObject json) json[change.Name] = Mark(change.Value);
                continue;
            }

            (JsonNode parent, string? name, int index) = places[change.Place % places.Length];
            string value = change.Kind == ChangeKind.Twice ? $"{change.Value},{Quoted(name ?? "x")}:{change.Value}" : change.Value;
            if (parent is JsonObject members && change.Kind == ChangeKind.Remove) members.Remove(name!);
            else if (parent is JsonObject others) others[name!] = Mark(value);
            else parent.AsArray()[index] = Mark(value);
        }

        string text = root.ToJsonString();
        for (int i = 0; i < raw.Count; i++) text = text.Replace($"\"@{i}@\"", raw[i], StringComparison.Ordinal);
        return text;

        // A node can hold only what is JSON: the value comes into the text.
        JsonNode Mark(string value)
        {
            raw.Add(value);
            return JsonValue.Create($"@{raw.Count - 1}@");
        }
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => Places(member.Value).Prepend((json, member.Key, 0))),
        JsonArray array => array.SelectMany((element, index) => Places(element).Prepend((array, null, index))),
        _ => [],
    };

    private static string Escaped(string text) => string.Concat(System.Text.Encoding.UTF8.GetBytes(text).Select(octet => char.IsAsciiLetterOrDigit((char)octet) ? $"{(char)octet}" : $"%{octet:x2}"));

    private enum ChangeKind
    {
        Replace,
        Remove,
        Twice,
        Add,
    }

    private sealed record Change(int Place, ChangeKind Kind, string Name, string Value);
}
